// SPDX-License-Identifier: Apache-2.0
//
// Exports Plan: tables are compared from the outside in (table, sets, chains, elements), and what
// differs becomes operations in one order that keeps references valid at every step:
//
//   flush chains · delete elements · delete sets · delete chains ·
//   add chains · add sets · add rules · add elements
#include "src/nft/plan.h"

#include <algorithm>
#include <utility>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "src/nft/counter_heirs.h"

namespace nftsvc::nft {
namespace {

using base::Family;

size_t Index(auto id) { return static_cast<size_t>(id); }

// The elements of a set that the kernel holds, to be taken out by key: fastest in the order in
// which they were put in, as an observation has them in the order in which they were expected.
class Present {
 public:
  void Put(const ElementInventory& element) { in_order_.push_back(&element); }

  // Null if there is none.
  const ElementInventory* Take(const ElementKey& id) {
    if (next_ < in_order_.size() && in_order_[next_]->element.id == id) return in_order_[next_++];
    for (; next_ < in_order_.size(); ++next_) {
      by_key_.emplace(in_order_[next_]->element.id, in_order_[next_]);
    }
    if (by_key_.empty()) return nullptr;  // without a look at the key
    const auto found = by_key_.find(id);
    if (found == by_key_.end()) return nullptr;
    const ElementInventory* const element = found->second;
    by_key_.erase(found);
    return element;
  }

  // What has not been taken, in any order.
  void AppendRest(std::vector<const ElementInventory*>& rest) const {
    rest.insert(rest.end(), in_order_.begin() + static_cast<ptrdiff_t>(next_), in_order_.end());
    for (const auto& [id, element] : by_key_) rest.push_back(element);
  }

 private:
  std::vector<const ElementInventory*> in_order_;
  size_t next_ = 0;  // all before it are taken, or in by_key_
  absl::flat_hash_map<ElementKey, const ElementInventory*> by_key_;
};

// The operations for one table, by phase.
class TablePlanner {
 public:
  // Moves the elements that it adds out of `to`.
  TablePlanner(Family family, const Inventory& from, Ruleset& to)
      : family_(family), from_(from), to_(to), heirs_(from.counters_known) {}

  void PlanTable() {
    const auto& table = from_.tables[Index(family_)];
    const bool exclusive = to_.skeleton.exclusive;
    const bool keep = table.has_value() && table->can_stay(exclusive);
    if (table.has_value() && !keep) first_.push_back(DeleteTable{family_});
    if (!keep || table->is_mine != exclusive) first_.push_back(AddTable{family_, exclusive});
    static const TableInventory& nothing = *new TableInventory();
    PlanSets(keep ? *table : nothing);
    PlanChains(keep ? *table : nothing);
    PlanElements();
  }

  void AppendTo(std::vector<Operation>& operations) && {
    const auto phases = {&first_,         &flushes_,    &element_deletes_, &set_deletes_,
                         &chain_deletes_, &chain_adds_, &set_adds_,        &rule_adds_};
    size_t count = operations.size() + element_adds_.size();
    for (const auto* phase : phases) count += phase->size();
    operations.reserve(count);
    for (auto* phase : phases) {
      std::move(phase->begin(), phase->end(), std::back_inserter(operations));
      std::exchange(*phase, {});  // a big one takes as much again
    }
    for (auto& [element, inheritance] : element_adds_) {
      operations.push_back(AddElement{.element = std::move(*element),
                                      .counters_of = std::move(inheritance.counters_of),
                                      .counter = inheritance.counter});
    }
  }

 private:
  void PlanSets(const TableInventory& table) {
    absl::btree_map<absl::string_view, uint32_t> maps;  // that are to be, and their sizes
    for (const AffinityMap& map : to_.affinity_maps[Index(family_)]) maps[map.name] = map.size;
    for (const SetInventory& set : table.sets) {
      if (set.id == SetId::kAffinity) {
        const auto wanted = maps.find(set.name);
        if (wanted != maps.end() && wanted->second == set.size) {
          maps.erase(wanted);
          continue;
        }
        // A map that nobody wants any more goes with the rules that look at it.
        refill_all_ = refill_all_ || wanted != maps.end();
      } else if (set.id.has_value() && Fits(set, Count(*set.id))) {
        kept_[Index(*set.id)] = true;
        continue;
      } else {
        refill_all_ = true;
      }
      set_deletes_.push_back(DeleteSet{family_, set.name});
    }
    for (const SetId set : AllSets()) {
      if (kept_[Index(set)]) continue;
      const uint32_t size = DeclarationOf(set).interval ? 0 : CapacityFor(Count(set));
      set_adds_.push_back(AddSet{family_, set, size});
    }
    for (const auto& [name, size] : maps) {
      set_adds_.push_back(AddSet{family_, SetId::kAffinity, size, std::string(name)});
    }
  }

  size_t Count(SetId set) const { return to_.counts[Index(family_)][Index(set)]; }

  void PlanChains(const TableInventory& table) {
    absl::btree_map<std::string, const ChainInventory*> present;
    for (const ChainInventory& chain : table.chains) present.emplace(chain.name, &chain);

    for (const Chain& chain : to_.skeleton.chains[Index(family_)]) {
      const auto found = present.find(chain.name);
      if (found == present.end()) {
        AddChainWithRules(chain);
        continue;
      }
      const ChainInventory& have = *found->second;
      present.erase(found);
      if (have.hook != chain.hook || !have.policy_accept) {
        // A base chain's hook and priority are fixed when it is made.
        flushes_.push_back(FlushChain{family_, chain.name});
        chain_deletes_.push_back(DeleteChain{family_, chain.name});
        AddChainWithRules(chain);
      } else if (refill_all_ || !HasRulesOf(have, chain)) {
        flushes_.push_back(FlushChain{family_, chain.name});
        AddRules(chain);
      }
    }
    for (const auto& [name, chain] : present) {
      flushes_.push_back(FlushChain{family_, name});
      chain_deletes_.push_back(DeleteChain{family_, name});
    }
  }

  bool HasRulesOf(const ChainInventory& have, const Chain& chain) const {
    return std::equal(
        have.rules.begin(), have.rules.end(), chain.rules.begin(), chain.rules.end(),
        [this](uint64_t digest, const Rule& rule) { return digest == RuleDigest(rule, family_); });
  }

  void AddChainWithRules(const Chain& chain) {
    chain_adds_.push_back(AddChain{family_, chain.name, chain.hook});
    AddRules(chain);
  }

  void AddRules(const Chain& chain) {
    for (const Rule& rule : chain.rules) rule_adds_.push_back(AddRule{family_, chain.name, rule});
  }

  void PlanElements() {
    std::array<Present, kSetCount> present;
    for (const ElementInventory& have : from_.elements) {
      if (have.element.id.family != family_) continue;
      if (kept_[Index(have.element.id.set)]) {
        present[Index(have.element.id.set)].Put(have);
      } else {
        heirs_.Leave(have);  // goes with its set
      }
    }
    std::vector<Element*> adds;
    std::vector<std::pair<Element*, const ElementInventory*>> kept;
    std::vector<const ElementInventory*> gone;
    for (Element& element : to_.elements) {
      if (element.id.family != family_) continue;
      const ElementInventory* const have = present[Index(element.id.set)].Take(element.id);
      if (have != nullptr && !have->foreign && have->element == element) {
        kept.emplace_back(&element, have);
      } else {
        adds.push_back(&element);
        if (have != nullptr) gone.push_back(have);
      }
    }
    for (const Present& rest : present) rest.AppendRest(gone);
    DeleteAll(std::move(gone));
    element_adds_.reserve(adds.size());
    for (Element* element : adds) element_adds_.emplace_back(element, heirs_.Inherit(*element));
    // An endpoint that loses some of its slots and keeps others keeps what all of them counted.
    for (auto& [element, have] : kept) {
      if (!heirs_.IsDue(*element)) continue;
      Delete(*have);
      element_adds_.emplace_back(element, heirs_.Inherit(*element));
    }
  }

  void DeleteAll(std::vector<const ElementInventory*> gone) {
    std::sort(gone.begin(), gone.end(),
              [](const auto* a, const auto* b) { return a->element.id < b->element.id; });
    for (const ElementInventory* have : gone) Delete(*have);
  }

  void Delete(const ElementInventory& have) {
    heirs_.Leave(have);
    const bool interval = DeclarationOf(have.element.id.set).interval;
    element_deletes_.push_back(
        DeleteElement{have.element.id, interval ? have.element.value : Bytes()});
  }

  const Family family_;
  const Inventory& from_;
  Ruleset& to_;
  std::array<bool, kSetCount> kept_{};
  bool refill_all_ = false;  // a set cannot be deleted while rules look at it: they could be any
  CounterHeirs heirs_;
  std::vector<Operation> first_, flushes_, element_deletes_, set_deletes_, chain_deletes_,
      chain_adds_, set_adds_, rule_adds_;
  std::vector<std::pair<Element*, Inheritance>> element_adds_;  // of to_'s
};

}  // namespace

Transaction Plan(const Inventory& from, Ruleset to) {
  Transaction transaction;
  for (const Family family : base::kFamilies) {
    TablePlanner planner(family, from, to);
    planner.PlanTable();
    std::move(planner).AppendTo(transaction.operations);
  }
  return transaction;
}

bool HasOutgrownSets(const Inventory& from, const SetCounts& counts) {
  for (const Family family : base::kFamilies) {
    for (const SetId set : AllSets()) {
      const SetInventory* have = from.Find(family, set);
      if (have == nullptr || !Fits(*have, counts[Index(family)][Index(set)])) return true;
    }
  }
  return false;
}

}  // namespace nftsvc::nft
