// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <span>
#include <vector>

#include "src/base/ip_address.h"
#include "src/forwarding/routes.h"

namespace nftsvc::forwarding {

// The address and port of the endpoint in each slot, in slot order.
struct SlotAddress {
  base::IpAddress address;
  uint16_t port = 0;

  friend auto operator<=>(const SlotAddress&, const SlotAddress&) = default;

  template <typename H>
  friend H AbslHashValue(H h, const SlotAddress& s) {
    return H::combine(std::move(h), s.address, s.port);
  }
};
using SlotAddresses = std::vector<SlotAddress>;

// How many slots each of these weights gets. Equal weights get one each. Others get weight/gcd
// slots while those are at most model::kMaxWeightedSlots in all; above, they are scaled to T slots
// by largest remainder, where T is that limit or four slots for each endpoint, as far as
// model::kMaxSlotsPerPort allows. No weight gets less than one slot.
//
// Error: a share differs from weight/sum by less than 1/T, but for weights below sum/T, which get
// up to one slot too much, at the cost of all others. Requires: no weight is 0.
std::vector<uint32_t> SlotCounts(std::span<const uint16_t> weights);

// One target for each slot: counts[i] slots for targets[users[i]]. A slot keeps the target that it
// had in `before` while that one is still due slots; the rest go into free slots in order.
Slots ArrangeSlots(const std::vector<Target>& targets, std::span<const uint16_t> users,
                   std::span<const uint32_t> counts, const SlotAddresses& before);

}  // namespace nftsvc::forwarding
