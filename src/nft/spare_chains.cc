// SPDX-License-Identifier: Apache-2.0
//
// Exports PlanSpareChains, FindSpareChains.
#include "src/nft/spare_chains.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/strip.h"
#include "src/nft/names.h"
#include "src/nft/pick.h"

namespace nftsvc::nft {
namespace {

using TableNames = absl::btree_set<std::string>;

// Whether services with the same way to pick go to the same chain of this name.
bool MayBeSpare(absl::string_view name) {
  absl::ConsumePrefix(&name, kCheckedPrefix);
  const std::optional<Pick> pick = Pick::FromChainName(name);
  return pick.has_value() && pick->owner.empty();
}

void Insert(const TableNames& names, TableNames& into) { into.insert(names.begin(), names.end()); }

void Erase(const TableNames& names, TableNames& from) {
  for (const std::string& name : names) from.erase(name);
}

bool IsAsMade(const ChainInventory& seen, const Chain& made, base::Family family) {
  return !seen.hook.has_value() &&
         std::equal(
             seen.rules.begin(), seen.rules.end(), made.rules.begin(), made.rules.end(),
             [&](uint64_t digest, const Rule& r) { return digest == RuleDigest(r, family); });
}

}  // namespace

SpareChange PlanSpareChains(const ChainNames& spare, const ChainNames& needed_no_longer,
                            const ChainNames& needed_now) {
  SpareChange change{.made = needed_now, .deleted = {}, .spare = spare};
  for (size_t table = 0; table < spare.size(); ++table) {
    TableNames& spare_then = change.spare[table];
    Erase(spare[table], change.made[table]);
    for (const std::string& name : needed_no_longer[table]) {
      (MayBeSpare(name) ? spare_then : change.deleted[table]).insert(name);
    }
    Erase(needed_now[table], spare_then);
    if (spare_then.size() <= kMostSpareChains) continue;
    // All of them, because they go to one another.
    Insert(std::exchange(spare_then, {}), change.deleted[table]);
  }
  return change;
}

ChainNames FindSpareChains(const Inventory& seen, const Ruleset& wanted,
                           const forwarding::HostFacts& host, const CompileOptions& options) {
  ChainNames found;
  for (const base::Family family : base::kFamilies) {
    const size_t table = static_cast<size_t>(family);
    if (!seen.tables[table].has_value()) continue;
    TableNames present;
    for (const Chain& chain : wanted.skeleton.chains[table]) present.insert(chain.name);
    std::vector<const ChainInventory*> candidates;
    for (const ChainInventory& chain : seen.tables[table]->chains) {
      if (present.contains(chain.name) || !MayBeSpare(chain.name)) continue;
      ChainNames name;
      name[table].insert(chain.name);
      const std::array<Chains, 2> made = CompileChains(name, host, options);
      if (IsAsMade(chain, made[table].front(), family)) candidates.push_back(&chain);
    }
    for (const ChainInventory* chain : candidates) present.insert(chain->name);
    for (const ChainInventory* chain : candidates) {
      const std::vector<std::string> needs = ChainsNeededBy(chain->name);
      const bool whole = std::all_of(needs.begin(), needs.end(), [&](const std::string& name) {
        return present.contains(name);
      });
      if (whole) found[table].insert(chain->name);
    }
    if (found[table].size() > kMostSpareChains) found[table].clear();
  }
  return found;
}

}  // namespace nftsvc::nft
