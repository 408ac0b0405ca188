// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "src/forwarding/host_facts.h"
#include "src/nft/compile.h"
#include "src/nft/inventory.h"
#include "src/nft/ruleset.h"

// Chains for ways to pick that nothing goes to any more stay for a while. A service that is scaled
// up and down has one made each time otherwise, and when a rule that looks into a map is made, the
// kernel walks over all of the map's elements (net/netfilter/nf_tables_api.c: nf_tables_bind_set).
//
// Chains that one port has for itself do not stay: nobody else will need them.
namespace nftsvc::nft {

// So many chains of a table can be spare. With one more, all of them go.
inline constexpr size_t kMostSpareChains = 64;

struct SpareChange {
  ChainNames made;
  ChainNames deleted;
  ChainNames spare;  // afterwards
};

// What becomes of spare chains, and of others, when some are needed no longer and some are now:
// names as Usage::Net has them.
SpareChange PlanSpareChains(const ChainNames& spare, const ChainNames& needed_no_longer,
                            const ChainNames& needed_now);

// Those that the kernel holds beside `wanted` and that are as they would be made, with all that
// their rules go to.
ChainNames FindSpareChains(const Inventory& seen, const Ruleset& wanted,
                           const forwarding::HostFacts& host, const CompileOptions& options);

}  // namespace nftsvc::nft
