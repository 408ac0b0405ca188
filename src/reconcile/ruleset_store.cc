// SPDX-License-Identifier: Apache-2.0
#include "src/reconcile/ruleset_store.h"

#include <algorithm>

#include "src/base/family.h"

namespace nftsvc::reconcile {
namespace {

// Every known chain is there as it is known, and no other one is at a hook.
bool HasChains(const nft::TableInventory& seen, const nft::TableInventory& known) {
  auto next = known.chains.begin();
  for (const nft::ChainInventory& chain : seen.chains) {  // both are sorted by name
    if (next != known.chains.end() && chain == *next) {
      ++next;
    } else if (chain.hook.has_value()) {
      return false;
    }
  }
  return next == known.chains.end();
}

// Affinity maps are in the kernel with the rules that look at them.
bool HasSets(const nft::TableInventory& seen, const nft::TableInventory& known) {
  const auto constant = [](const nft::TableInventory& table) {
    std::vector<nft::SetInventory> sets = table.sets;
    std::erase_if(sets, [](const nft::SetInventory& s) { return s.id == nft::SetId::kAffinity; });
    return sets;
  };
  return constant(seen) == constant(known);
}

}  // namespace

std::optional<nft::SetChoice> RulesetStore::Outline::OddSets(
    const nft::Inventory& known, const nft::SetCounts& known_counts) const {
  nft::SetChoice odd{};
  for (const base::Family family : base::kFamilies) {
    const size_t index = static_cast<size_t>(family);
    const auto& mine = inventory.tables[index];
    const auto& theirs = known.tables[index];
    if (!mine.has_value() || !theirs.has_value()) return std::nullopt;
    if (!mine->ours || !mine->can_stay(theirs->exclusive) || mine->is_mine != theirs->is_mine) {
      return std::nullopt;
    }
    if (!HasChains(*mine, *theirs) || !HasSets(*mine, *theirs)) return std::nullopt;
    for (const nft::SetId set : nft::AllSets()) {
      const std::optional<size_t> count = counts[index][static_cast<size_t>(set)];
      if (!count.has_value() || nft::DeclarationOf(set).dynamic) continue;
      odd[index][static_cast<size_t>(set)] =
          *count != known_counts[index][static_cast<size_t>(set)];
    }
  }
  return odd;
}

}  // namespace nftsvc::reconcile
