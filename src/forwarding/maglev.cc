// SPDX-License-Identifier: Apache-2.0
#include "src/forwarding/maglev.h"

#include <algorithm>
#include <numeric>

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
  uint64_t credit = 0;
};

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
  for (size_t filled = 0;;) {
    for (Contender& contender : contenders) {
      // The heaviest takes a slot in each round, the others in proportion.
      contender.credit += contender.weight;
      if (contender.credit < heaviest) continue;
      contender.credit -= heaviest;
      while (slots[contender.next] != kFree) {
        contender.next = (contender.next + contender.step) % size;
      }
      slots[contender.next] = contender.target;
      if (++filled == size) return slots;
    }
  }
}

}  // namespace nftsvc::forwarding
