// SPDX-License-Identifier: Apache-2.0
#include "src/forwarding/slots.h"

#include <algorithm>
#include <numeric>

#include "absl/container/flat_hash_map.h"
#include "src/model/limits.h"

namespace nftsvc::forwarding {
namespace {

// Shares `total` slots by largest remainder, at least one each.
std::vector<uint32_t> Scaled(std::span<const uint16_t> weights, uint64_t sum, uint64_t total) {
  std::vector<uint32_t> counts(weights.size());
  std::vector<size_t> by_remainder(weights.size());
  std::iota(by_remainder.begin(), by_remainder.end(), 0);
  uint64_t given = 0;
  for (size_t i = 0; i < weights.size(); ++i) {
    counts[i] = static_cast<uint32_t>(std::max<uint64_t>(1, weights[i] * total / sum));
    given += counts[i];
  }
  const auto remainder = [&](size_t i) { return weights[i] * total % sum; };
  std::stable_sort(by_remainder.begin(), by_remainder.end(),
                   [&](size_t a, size_t b) { return remainder(a) > remainder(b); });
  for (size_t i : by_remainder) {
    if (given >= total) break;
    // A weight under one slot has been rounded up already.
    if (weights[i] * total < sum) continue;
    ++counts[i];
    ++given;
  }
  return counts;
}

}  // namespace

std::vector<uint32_t> SlotCounts(std::span<const uint16_t> weights) {
  uint64_t sum = 0;
  uint16_t divisor = 0;
  for (const uint16_t weight : weights) {
    sum += weight;
    divisor = std::gcd(divisor, weight);
  }
  std::vector<uint32_t> counts(weights.size());
  const bool equal =
      std::adjacent_find(weights.begin(), weights.end(), std::not_equal_to<>()) == weights.end();
  if (equal || sum / divisor <= model::kMaxWeightedSlots) {
    for (size_t i = 0; i < weights.size(); ++i) counts[i] = equal ? 1 : weights[i] / divisor;
    return counts;
  }
  // Rounding up to one slot may add one for each endpoint; leave room for that below the limit.
  const uint64_t total =
      std::min(std::max(model::kMaxWeightedSlots, 4 * weights.size()),
               model::kMaxSlotsPerPort - std::min(weights.size(), model::kMaxSlotsPerPort));
  return Scaled(weights, sum, total);
}

Slots ArrangeSlots(const std::vector<Target>& targets, std::span<const uint16_t> users,
                   std::span<const uint32_t> counts, const SlotAddresses& before) {
  constexpr uint16_t kFree = UINT16_MAX;
  std::vector<uint32_t> due(counts.begin(), counts.end());
  Slots slots(std::accumulate(due.begin(), due.end(), size_t{0}), kFree);

  if (!before.empty()) {
    absl::flat_hash_map<SlotAddress, size_t> user_at;
    for (size_t i = 0; i < users.size(); ++i) {
      const Target& target = targets[users[i]];
      user_at.emplace(SlotAddress{target.address, target.port}, i);
    }
    for (size_t slot = 0; slot < std::min(slots.size(), before.size()); ++slot) {
      const auto found = user_at.find(before[slot]);
      if (found == user_at.end() || due[found->second] == 0) continue;
      --due[found->second];
      slots[slot] = users[found->second];
    }
  }

  size_t next = 0;
  for (uint16_t& slot : slots) {
    if (slot != kFree) continue;
    while (due[next] == 0) ++next;
    --due[next];
    slot = users[next];
  }
  return slots;
}

}  // namespace nftsvc::forwarding
