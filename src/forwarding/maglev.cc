// SPDX-License-Identifier: Apache-2.0
#include "src/forwarding/maglev.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <queue>
#include <vector>

#include "src/base/ip_address.h"
#include "src/base/stable_hash.h"
#include "src/model/limits.h"

namespace nftsvc::forwarding {
namespace {

// One target's turns at the table. Its favourite slots are a permutation of all: from `next` on,
// `step` apart, round the table, whose size is a prime.
struct Contender {
  uint16_t target = 0;
  uint32_t weight = 0;
  uint32_t next = 0;
  uint32_t step = 0;
  uint64_t taken = 0;  // slots
};

// In each round the heaviest takes a slot, and the others in proportion, in their order.
struct Turn {
  uint64_t round = 0;
  size_t contender = 0;

  friend auto operator<=>(const Turn&, const Turn&) = default;
};

// When it takes its next one: the first round in which its share reaches that number.
Turn NextTurn(const std::vector<Contender>& contenders, size_t i, uint64_t heaviest) {
  const uint64_t weight = contenders[i].weight;
  return {.round = ((contenders[i].taken + 1) * heaviest + weight - 1) / weight, .contender = i};
}

// Which target takes part in which order must not depend on the order of the snapshot.
std::vector<Contender> Contenders(const std::vector<Target>& targets,
                                  std::span<const uint16_t> users,
                                  std::span<const uint16_t> weights, uint32_t size) {
  std::vector<Contender> contenders;
  contenders.reserve(users.size());
  for (size_t i = 0; i < users.size(); ++i) {
    const Target& target = targets[users[i]];
    const uint64_t hash = base::StableHash(base::HostPort(target.address, target.port));
    contenders.push_back(
        {.target = users[i],
         .weight = weights[i],
         .next = static_cast<uint32_t>(base::Mixed(hash) % size),
         .step = static_cast<uint32_t>(base::Mixed(hash + 0x9e3779b97f4a7c15) % (size - 1) + 1)});
  }
  std::sort(contenders.begin(), contenders.end(), [&](const Contender& a, const Contender& b) {
    const Target& one = targets[a.target];
    const Target& other = targets[b.target];
    return std::pair(one.address, one.port) < std::pair(other.address, other.port);
  });
  return contenders;
}

}  // namespace

Slots MaglevSlots(const std::vector<Target>& targets, std::span<const uint16_t> users,
                  std::span<const uint16_t> weights) {
  if (users.empty()) return {};
  constexpr uint16_t kFree = UINT16_MAX;
  const auto size = static_cast<uint32_t>(model::MaglevTableSize(users.size()));
  Slots slots(size, kFree);
  std::vector<Contender> contenders = Contenders(targets, users, weights, size);
  const uint32_t heaviest = *std::max_element(weights.begin(), weights.end());
  // Not round by round: of tens of thousands, most may have nothing to take in most of them.
  std::priority_queue<Turn, std::vector<Turn>, std::greater<>> turns;
  for (size_t i = 0; i < contenders.size(); ++i) turns.push(NextTurn(contenders, i, heaviest));
  for (size_t filled = 0; filled < size; ++filled) {
    const size_t i = turns.top().contender;
    turns.pop();
    Contender& contender = contenders[i];
    while (slots[contender.next] != kFree) {
      contender.next = (contender.next + contender.step) % size;
    }
    slots[contender.next] = contender.target;
    ++contender.taken;
    turns.push(NextTurn(contenders, i, heaviest));
  }
  return slots;
}

}  // namespace nftsvc::forwarding
