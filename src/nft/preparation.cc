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
  Names new_chains;         // that no hook has
  Names deleted;            // chains and affinity maps

  explicit Summary(const Transaction& transaction) {
    for (const Operation& operation : transaction.operations) std::visit(*this, operation);
    for (const Name& name : deleted) new_chains.erase(name);
  }

  void operator()(const AddTable&) { is_rebuild = true; }
  void operator()(const DeleteTable&) { is_rebuild = true; }
  void operator()(const AddChain& op) {
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

}  // namespace

Transaction TakePreparation(Transaction& transaction) {
  Transaction preparation;
  const Summary summary(transaction);
  if (summary.is_rebuild || summary.new_chains.empty()) return preparation;
  std::vector<Operation> rest;
  rest.reserve(transaction.operations.size());
  for (Operation& operation : transaction.operations) {
    (Prepares(summary, operation) ? preparation.operations : rest).push_back(std::move(operation));
  }
  transaction.operations = std::move(rest);
  return preparation;
}

}  // namespace nftsvc::nft
