// SPDX-License-Identifier: Apache-2.0
#include "src/nft/inventory.h"

#include <algorithm>

namespace nftsvc::nft {
namespace {

ChainInventory Made(const Chain& chain, base::Family family) {
  ChainInventory made;
  made.name = chain.name;
  made.hook = chain.hook;
  for (const Rule& rule : chain.rules) made.rules.push_back(RuleDigest(rule, family));
  return made;
}

SetInventory Made(const AffinityMap& map) {
  return {.name = map.name, .id = SetId::kAffinity, .size = map.size};
}

void SortByName(TableInventory& table) {
  const auto by_name = [](const auto& a, const auto& b) { return a.name < b.name; };
  std::sort(table.chains.begin(), table.chains.end(), by_name);
  std::sort(table.sets.begin(), table.sets.end(), by_name);
}

ElementInventory Made(const Element& element) {
  return {.element = element, .counter = {}, .foreign = false};
}

TableInventory TableOf(const Ruleset& ruleset, base::Family family, const Inventory& before) {
  const size_t index = static_cast<size_t>(family);
  const auto& table_before = before.tables[index];
  const bool stays = table_before.has_value() && table_before->can_stay(ruleset.skeleton.exclusive);
  TableInventory table;
  table.exclusive = table.is_mine = ruleset.skeleton.exclusive;
  for (const Chain& chain : ruleset.skeleton.chains[index]) {
    table.chains.push_back(Made(chain, family));
  }
  for (const AffinityMap& map : ruleset.affinity_maps[index]) table.sets.push_back(Made(map));
  for (const SetId set : AllSets()) {
    const size_t count = ruleset.counts[index][static_cast<size_t>(set)];
    const SetInventory* had = stays ? before.Find(family, set) : nullptr;
    const uint32_t size = DeclarationOf(set).interval           ? 0
                          : had != nullptr && Fits(*had, count) ? had->size
                                                                : CapacityFor(count);
    table.sets.push_back({.name = std::string(DeclarationOf(set).name), .id = set, .size = size});
  }
  SortByName(table);
  return table;
}

}  // namespace

Inventory Inventory::Of(const Ruleset& ruleset, const Inventory& before) {
  Inventory inventory;
  for (const base::Family family : base::kFamilies) {
    inventory.tables[static_cast<size_t>(family)] = TableOf(ruleset, family, before);
  }
  inventory.elements.reserve(ruleset.elements.size());
  for (const Element& element : ruleset.elements) inventory.elements.push_back(Made(element));
  return inventory;
}

Inventory Inventory::WithoutChains() const {
  Inventory inventory;
  for (size_t family = 0; family < tables.size(); ++family) {
    if (!tables[family].has_value()) continue;
    TableInventory& table = inventory.tables[family].emplace();
    const TableInventory& mine = *tables[family];
    table = {.ours = mine.ours,
             .other_objects = mine.other_objects,
             .dormant = mine.dormant,
             .exclusive = mine.exclusive,
             .is_mine = mine.is_mine,
             .chains = {},
             .sets = mine.sets};
  }
  inventory.counters_known = counters_known;
  return inventory;
}

void Inventory::Add(const Parts& parts) {
  for (const base::Family family : base::kFamilies) {
    const size_t index = static_cast<size_t>(family);
    TableInventory& table = *tables[index];
    if (parts.chains[index].empty() && parts.affinity_maps[index].empty()) continue;
    for (const Chain& chain : parts.chains[index]) table.chains.push_back(Made(chain, family));
    for (const AffinityMap& map : parts.affinity_maps[index]) table.sets.push_back(Made(map));
    SortByName(table);
  }
  for (const Element& element : parts.elements) elements.push_back(Made(element));
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
