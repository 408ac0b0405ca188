// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "src/nft/inventory.h"
#include "src/nft/ruleset.h"
#include "src/reconcile/reconciler.h"

namespace nftsvc::testing {

// What tells an inventory apart from the ruleset that it should be of, in words; empty: nothing
// does. Counters and, as long as the elements fit, sizes are free. Plan is not asked.
std::string Difference(const nft::Inventory& inventory, const nft::Ruleset& ruleset);

// The same, but that chains which nothing needs may be there: see nft::FindSpareChains.
std::string DifferenceButForSpares(const nft::Inventory& inventory, nft::Ruleset ruleset,
                                   const reconcile::Settings& settings);

}  // namespace nftsvc::testing
