// SPDX-License-Identifier: Apache-2.0
#include "src/nft/inventory.h"

#include <algorithm>

namespace nftsvc::nft {
namespace {

TableInventory TableOf(const Ruleset& ruleset, base::Family family, const Inventory& before) {
  const size_t index = static_cast<size_t>(family);
  const auto& table_before = before.tables[index];
  const bool stays = table_before.has_value() && table_before->can_stay();
  TableInventory table;
  for (const Chain& chain : ruleset.skeleton.chains[index]) {
    ChainInventory& kept = table.chains.emplace_back();
    kept.name = chain.name;
    kept.hook = chain.hook;
    for (const Rule& rule : chain.rules) kept.rules.push_back(RuleDigest(rule, family));
  }
  for (const SetId set : AllSets()) {
    const size_t count = ruleset.counts[index][static_cast<size_t>(set)];
    const SetInventory* had = stays ? before.Find(family, set) : nullptr;
    const uint32_t size = DeclarationOf(set).interval           ? 0
                          : had != nullptr && Fits(*had, count) ? had->size
                                                                : CapacityFor(count);
    table.sets.push_back({.name = std::string(DeclarationOf(set).name), .id = set, .size = size});
  }
  std::sort(table.chains.begin(), table.chains.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  std::sort(table.sets.begin(), table.sets.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  return table;
}

}  // namespace

Inventory Inventory::Of(const Ruleset& ruleset, const Inventory& before) {
  Inventory inventory;
  for (const base::Family family : base::kFamilies) {
    inventory.tables[static_cast<size_t>(family)] = TableOf(ruleset, family, before);
  }
  inventory.elements.reserve(ruleset.elements.size());
  for (const Element& element : ruleset.elements) {
    inventory.elements.push_back({.element = element, .counter = {}, .foreign = false});
  }
  return inventory;
}

const SetInventory* Inventory::Find(base::Family family, SetId set) const {
  const auto& table = tables[static_cast<size_t>(family)];
  if (!table.has_value()) return nullptr;
  for (const SetInventory& candidate : table->sets) {
    if (candidate.id == set) return &candidate;
  }
  return nullptr;
}

bool Fits(const SetInventory& set, size_t count) {
  if (!set.id.has_value()) return false;
  if (DeclarationOf(*set.id).interval) return true;
  return count <= set.size && set.size / 8 < CapacityFor(count);
}

}  // namespace nftsvc::nft
