// SPDX-License-Identifier: Apache-2.0
#include "src/nft/preparation.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_set.h"

namespace nftsvc::nft {
namespace {

using Name = std::pair<base::Family, std::string>;
using Names = absl::flat_hash_set<Name>;

// What the operations make and take away.
struct Summary {
  bool is_rebuild = false;  // tables or sets are made anew
  bool remakes = false;     // a chain
  Names new_chains;         // that no hook has
  Names deleted;            // chains and affinity maps

  explicit Summary(const Transaction& transaction) {
    for (const Operation& operation : transaction.operations) std::visit(*this, operation);
    for (const Name& name : deleted) new_chains.erase(name);
  }

  void operator()(const AddTable&) { is_rebuild = true; }
  void operator()(const DeleteTable&) { is_rebuild = true; }
  void operator()(const AddChain& op) {
    remakes |= deleted.contains(Name(op.family, op.name));
    if (!op.hook.has_value()) new_chains.emplace(op.family, op.name);
  }
  void operator()(const DeleteChain& op) { deleted.emplace(op.family, op.name); }
  void operator()(const AddSet& op) {
    is_rebuild |= op.set != SetId::kAffinity || deleted.contains(Name(op.family, op.name));
  }
  void operator()(const DeleteSet& op) {
    is_rebuild |= FindSet(op.name) != SetId::kAffinity;
    deleted.emplace(op.family, op.name);
  }
  void operator()(const auto&) {}
};

bool Prepares(const Summary& summary, const Operation& operation) {
  if (const auto* chain = std::get_if<AddChain>(&operation)) {
    return summary.new_chains.contains(Name(chain->family, chain->name));
  }
  if (const auto* rule = std::get_if<AddRule>(&operation)) {
    return summary.new_chains.contains(Name(rule->family, rule->chain));
  }
  return std::holds_alternative<AddSet>(operation);
}

// Moves the operations for which `is_taken` holds.
template <typename Predicate>
Transaction Take(Transaction& transaction, const Predicate& is_taken) {
  Transaction taken;
  std::vector<Operation> rest;
  rest.reserve(transaction.operations.size());
  for (Operation& operation : transaction.operations) {
    (is_taken(operation) ? taken.operations : rest).push_back(std::move(operation));
  }
  transaction.operations = std::move(rest);
  return taken;
}

// Slots that go, and are not given to another endpoint.
class LeavingSlots {
 public:
  explicit LeavingSlots(const Transaction& transaction) {
    for (const Operation& operation : transaction.operations) {
      if (const auto* gone = std::get_if<DeleteElement>(&operation)) {
        if (HoldsSlots(gone->id.set)) keys_.insert(gone->id);
      } else if (keys_.empty()) {
        continue;  // without a look at the key
      } else if (const auto* added = std::get_if<AddElement>(&operation)) {
        keys_.erase(added->element.id);  // deletions come first
      }
    }
  }

  bool empty() const { return keys_.empty(); }
  bool Has(const Operation& operation) const {
    const auto* gone = std::get_if<DeleteElement>(&operation);
    return gone != nullptr && keys_.contains(gone->id);
  }

  bool HaveRoom(const Inventory& after, SetCounts counts) const {
    for (const ElementKey& key : keys_) {
      ++counts[static_cast<size_t>(key.family)][static_cast<size_t>(key.set)];
    }
    for (const base::Family family : base::kFamilies) {
      for (const SetId set : AllSets()) {
        const SetInventory* have = after.Find(family, set);
        const size_t count = counts[static_cast<size_t>(family)][static_cast<size_t>(set)];
        if (HoldsSlots(set) && (have == nullptr || count > have->size)) return false;
      }
    }
    return true;
  }

 private:
  absl::flat_hash_set<ElementKey> keys_;
};

// Whether it deletes a chain or an affinity map, or empties such a chain.
bool Retires(const Summary& summary, const Operation& operation) {
  if (const auto* chain = std::get_if<DeleteChain>(&operation)) {
    return summary.deleted.contains(Name(chain->family, chain->name));
  }
  if (const auto* chain = std::get_if<FlushChain>(&operation)) {
    return summary.deleted.contains(Name(chain->family, chain->name));
  }
  if (const auto* set = std::get_if<DeleteSet>(&operation)) {
    return summary.deleted.contains(Name(set->family, set->name));
  }
  return false;
}

}  // namespace

Transaction TakePreparation(Transaction& transaction) {
  const Summary summary(transaction);
  if (summary.is_rebuild || summary.new_chains.empty()) return {};
  return Take(transaction,
              [&](const Operation& operation) { return Prepares(summary, operation); });
}

Transaction TakeCleanup(Transaction& transaction, const Inventory& after, const SetCounts& counts) {
  const LeavingSlots slots(transaction);
  if (slots.empty()) return {};
  const Summary summary(transaction);
  if (summary.is_rebuild || summary.remakes || !slots.HaveRoom(after, counts)) return {};
  return Take(transaction, [&](const Operation& operation) {
    return slots.Has(operation) || Retires(summary, operation);
  });
}

}  // namespace nftsvc::nft
