// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "src/forwarding/routes.h"

namespace nftsvc::forwarding {

// A Maglev table (Eisenbud et al.: Maglev: A Fast and Reliable Software Network Load Balancer, NSDI
// 2016, section 3.4): one target for each of MaglevTableSize slots. Its order depends on the
// targets' addresses, ports and weights alone, so every host has the same; a target that comes or
// goes moves little more than its own share.
//
// The users' weights are shares; a target whose share is less than a slot may get none.
// Requires: no weight is 0. Without users: no slots.
Slots MaglevSlots(const std::vector<Target>& targets, std::span<const uint16_t> users,
                  std::span<const uint16_t> weights);

}  // namespace nftsvc::forwarding
