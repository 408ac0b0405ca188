// SPDX-License-Identifier: Apache-2.0
#include "tests/support/fake_tables.h"

#include <algorithm>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "src/base/status_macros.h"
#include "tests/support/hook_check.h"

namespace nftsvc::testing {
namespace {

// What netlink/errno_status.cc makes of these.
absl::Status NoEntry() { return absl::NotFoundError("no such file or directory"); }
absl::Status Exists() { return absl::AlreadyExistsError("file exists"); }
absl::Status Busy() { return absl::FailedPreconditionError("device or resource busy"); }
absl::Status Full() { return absl::OutOfRangeError("the set is full"); }
absl::Status Invalid() { return absl::InternalError("invalid argument"); }
absl::Status Unsupported() { return absl::UnimplementedError("operation not supported"); }

// Which chain or set a statement refers to.
struct Reference {
  const std::string* chain = nullptr;
  std::string set;  // empty: none
};

Reference To(nft::SetId set) {
  return {.chain = nullptr, .set = std::string(nft::DeclarationOf(set).name)};
}

struct ReferenceOf {
  Reference operator()(const nft::Goto& s) const { return {.chain = &s.chain, .set = {}}; }
  Reference operator()(const nft::Jump& s) const { return {.chain = &s.chain, .set = {}}; }
  Reference operator()(const nft::MatchSet& s) const { return To(s.set); }
  Reference operator()(const nft::Vmap& s) const { return To(s.map); }
  Reference operator()(const nft::DnatToMap& s) const { return To(s.map); }
  Reference operator()(const nft::MatchKept& s) const { return {.chain = nullptr, .set = s.map}; }
  Reference operator()(const nft::Keep& s) const { return {.chain = nullptr, .set = s.map}; }
  Reference operator()(const nft::DnatToKept& s) const { return {.chain = nullptr, .set = s.map}; }
  Reference operator()(const nft::Dnat&) const { return {}; }
  Reference operator()(const nft::MatchProtocol&) const { return {}; }
  Reference operator()(const nft::MatchAddress&) const { return {}; }
  Reference operator()(const nft::MatchInterface&) const { return {}; }
  Reference operator()(const nft::MatchDnat&) const { return {}; }
  Reference operator()(const nft::MatchMark&) const { return {}; }
  Reference operator()(const nft::MatchLocal&) const { return {}; }
  Reference operator()(const nft::Masquerade&) const { return {}; }
  Reference operator()(const nft::SetMark&) const { return {}; }
  Reference operator()(const nft::FlipMark&) const { return {}; }
  Reference operator()(const nft::Drop&) const { return {}; }
  Reference operator()(const nft::Reject&) const { return {}; }
};

// Calls `use` for each reference of a table's rules but those of chain `except`.
void ForEachReference(const FakeTable& table, const std::string& except, auto&& use) {
  for (const auto& [name, chain] : table.chains) {
    if (name == except) continue;
    for (const auto& rule : chain.rules) {
      if (!rule.has_value()) continue;
      for (const nft::Statement& statement : *rule) use(std::visit(ReferenceOf{}, statement));
    }
  }
}

bool IsChainUsed(const FakeTable& table, const std::string& name) {
  bool used = false;
  // A chain's own rules go with it.
  ForEachReference(table, name, [&](const Reference& reference) {
    used |= reference.chain != nullptr && *reference.chain == name;
  });
  for (const auto& [set_name, set] : table.sets) {
    for (const auto& [key, e] : set.elements) {
      used |= e.element.verdict == nft::VerdictCode::kGoto && e.element.chain == name;
    }
  }
  return used;
}

bool IsSetUsed(const FakeTable& table, const std::string& name) {
  bool used = false;
  ForEachReference(table, "", [&](const Reference& reference) { used |= reference.set == name; });
  return used;
}

// Whether a key can fall within both ranges. They have each one frontend at both ends.
bool Overlap(const nft::Element& a, const nft::Element& b) {
  return a.id.key <= b.value && b.id.key <= a.value;
}

// The range that a key is in. By its first key alone the kernel finds the one to delete.
auto RangeWith(const nft::Bytes& key, FakeSet& set) {
  auto range = set.elements.upper_bound(key);
  if (range == set.elements.begin()) return set.elements.end();
  --range;
  return range->second.element.value < key ? set.elements.end() : range;
}

// One overload for each kind of operation.
class Applier {
 public:
  explicit Applier(FakeTables& state) : state_(state) {}

  absl::Status operator()(const nft::AddTable& op) {
    auto& table = state_.tables[static_cast<size_t>(op.family)];
    const bool is_new = !table.has_value();
    if (is_new) table.emplace();
    if (!is_new && table->exclusive != op.exclusive) return Unsupported();
    table->exclusive = table->is_mine = op.exclusive;
    return absl::OkStatus();
  }

  absl::Status operator()(const nft::DeleteTable& op) {
    auto& table = state_.tables[static_cast<size_t>(op.family)];
    if (!table.has_value()) return NoEntry();
    for (const auto& [name, set] : table->sets) Forget(set);
    table.reset();
    return absl::OkStatus();
  }

  absl::Status operator()(const nft::AddChain& op) {
    FakeTable* table = state_.Table(op.family);
    if (table == nullptr) return NoEntry();
    const auto [chain, is_new] = table->chains.try_emplace(op.name);
    if (!is_new) {
      return op.hook.has_value() && !chain->second.hook.has_value() ? Unsupported() : Exists();
    }
    chain->second.hook = op.hook;
    return absl::OkStatus();
  }

  absl::Status operator()(const nft::DeleteChain& op) {
    FakeTable* table = state_.Table(op.family);
    if (table == nullptr || !table->chains.contains(op.name)) return NoEntry();
    if (IsChainUsed(*table, op.name)) return Busy();
    table->chains.erase(op.name);
    return absl::OkStatus();
  }

  absl::Status operator()(const nft::FlushChain& op) {
    FakeTable* table = state_.Table(op.family);
    if (table == nullptr || !table->chains.contains(op.name)) return NoEntry();
    table->chains[op.name].rules.clear();
    return absl::OkStatus();
  }

  absl::Status operator()(const nft::AddRule& op) {
    FakeTable* table = state_.Table(op.family);
    if (table == nullptr || !table->chains.contains(op.chain)) return NoEntry();
    for (const nft::Statement& statement : op.rule) {
      const Reference reference = std::visit(ReferenceOf{}, statement);
      if (reference.chain != nullptr) RETURN_IF_ERROR(CanEnter(*table, *reference.chain));
      if (!reference.set.empty() && !table->sets.contains(reference.set)) {
        return NoEntry();
      }
    }
    table->chains[op.chain].rules.emplace_back(op.rule);
    return absl::OkStatus();
  }

  absl::Status operator()(const nft::AddSet& op) {
    FakeTable* table = state_.Table(op.family);
    if (table == nullptr) return NoEntry();
    const auto [set, is_new] = table->sets.try_emplace(std::string(op.Name()));
    if (!is_new) return set->second.id == op.set ? absl::OkStatus() : Exists();
    set->second.id = op.set;
    set->second.size = op.size;
    return absl::OkStatus();
  }

  absl::Status operator()(const nft::DeleteSet& op) {
    FakeTable* table = state_.Table(op.family);
    if (table == nullptr || !table->sets.contains(op.name)) return NoEntry();
    if (IsSetUsed(*table, op.name)) return Busy();
    Forget(table->sets[op.name]);
    table->sets.erase(op.name);
    return absl::OkStatus();
  }

  absl::Status operator()(const nft::AddElement& op) {
    const nft::Element& element = op.element;
    FakeSet* set = state_.Set(element.id.family, element.id.set);
    if (set == nullptr) return NoEntry();
    RETURN_IF_ERROR(CheckForm(element));
    if (element.verdict == nft::VerdictCode::kGoto) {
      RETURN_IF_ERROR(CanEnter(*state_.Table(element.id.family), std::string(element.chain)));
    }
    const auto present = set->elements.find(element.id.key);
    if (present != set->elements.end()) {
      const nft::Element& other = present->second.element;
      const bool same = other.value == element.value && other.verdict == element.verdict &&
                        other.chain == element.chain;
      return same ? absl::OkStatus() : Exists();
    }
    if (nft::DeclarationOf(element.id.set).interval) {
      for (const auto& [key, other] : set->elements) {
        if (Overlap(element, other.element)) return Exists();
      }
    }
    if (set->size != 0 && set->elements.size() >= set->size) return Full();
    FakeElement added{.element = element, .counter = op.counter};
    if (op.counters_of != nullptr) {
      for (const nft::ElementKey& from : *op.counters_of) {
        RETURN_IF_ERROR(Inherit(from, added.counter));
      }
    }
    set->elements.emplace(element.id.key, std::move(added));
    return absl::OkStatus();
  }

  absl::Status operator()(const nft::DeleteElement& op) {
    FakeSet* set = state_.Set(op.id.family, op.id.set);
    if (set == nullptr) return NoEntry();
    const auto present = nft::DeclarationOf(op.id.set).interval ? RangeWith(op.id.key, *set)
                                                                : set->elements.find(op.id.key);
    if (present == set->elements.end()) return NoEntry();
    gone_.insert_or_assign(op.id, present->second.counter);
    set->elements.erase(present);
    return absl::OkStatus();
  }

  absl::Status operator()(const nft::DeleteClient& op) {
    FakeTable* table = state_.Table(op.family);
    if (table == nullptr || !table->sets.contains(op.map)) return NoEntry();
    return table->sets[op.map].clients.erase(op.client) == 1 ? absl::OkStatus() : NoEntry();
  }

 private:
  absl::Status CanEnter(const FakeTable& table, const std::string& name) const {
    const auto chain = table.chains.find(name);
    if (chain == table.chains.end()) return NoEntry();
    if (chain->second.hook.has_value()) return Unsupported();
    return absl::OkStatus();
  }

  static absl::Status CheckForm(const nft::Element& element) {
    const nft::SetDeclaration& set = nft::DeclarationOf(element.id.set);
    const base::Family family = element.id.family;
    const size_t value_size =
        set.interval ? nft::KeySize(element.id.set, family) : nft::DataSize(element.id.set, family);
    const bool right =
        element.id.key.size() == nft::KeySize(element.id.set, family) &&
        element.value.size() == value_size &&
        (element.verdict != nft::VerdictCode::kNone) == (set.data == nft::SetData::kVerdict) &&
        element.comment.view().size() <= nft::kMaxComment;
    return right ? absl::OkStatus() : Invalid();
  }

  void Forget(const FakeSet& set) {
    for (const auto& [key, e] : set.elements) gone_.insert_or_assign(e.element.id, e.counter);
  }

  // The transaction's own contract: counters come from what it deletes, each is given once.
  absl::Status Inherit(const nft::ElementKey& from, nft::Counter& counter) {
    if (const auto left = gone_.find(from); left != gone_.end()) {
      counter.packets += left->second.packets;
      counter.bytes += left->second.bytes;
      gone_.erase(left);
      return absl::OkStatus();
    }
    const FakeElement* stays = std::as_const(state_).Find(from);  // goes with a later transaction
    if (stays == nullptr) return absl::InternalError("counter of an element that is not there");
    counter.packets += stays->counter.packets;
    counter.bytes += stays->counter.bytes;
    return absl::OkStatus();
  }

  FakeTables& state_;
  absl::flat_hash_map<nft::ElementKey, nft::Counter> gone_;
};

nft::TableInventory ObserveTable(const FakeTable& table, base::Family family) {
  nft::TableInventory inventory;
  inventory.ours = table.ours;
  inventory.other_objects = table.other_objects;
  inventory.dormant = table.dormant;
  inventory.exclusive = table.exclusive;
  inventory.is_mine = table.is_mine;
  for (const auto& [name, chain] : table.chains) {
    nft::ChainInventory& seen = inventory.chains.emplace_back();
    seen.name = name;
    seen.hook = chain.hook;
    seen.policy_accept = chain.policy_accept;
    for (const auto& rule : chain.rules) {
      seen.rules.push_back(rule.has_value() ? nft::RuleDigest(*rule, family) : 0);
    }
  }
  for (const auto& [name, set] : table.sets) {
    inventory.sets.push_back({.name = name, .id = set.id, .size = set.size});
  }
  return inventory;
}

}  // namespace

absl::Status FakeTables::Apply(const nft::Transaction& transaction) {
  Applier applier(*this);
  for (const nft::Operation& operation : transaction.operations) {
    const absl::Status status = std::visit(applier, operation);
    if (status.ok()) continue;
    return absl::Status(status.code(), absl::StrCat(nft::Print(operation), ": ", status.message()));
  }
  return CheckHooks(*this);
}

nft::Inventory FakeTables::Observe() const {
  nft::Inventory inventory;
  inventory.counters_known = true;
  for (const base::Family family : base::kFamilies) {
    const auto& table = tables[static_cast<size_t>(family)];
    if (!table.has_value()) continue;
    inventory.tables[static_cast<size_t>(family)] = ObserveTable(*table, family);
    for (const auto& [name, set] : table->sets) {
      if (!set.id.has_value()) continue;
      for (const auto& [key, e] : set.elements) {
        inventory.elements.push_back(
            {.element = e.element, .counter = e.counter, .foreign = e.foreign});
      }
    }
  }
  return inventory;
}

FakeTable* FakeTables::Table(base::Family family) {
  auto& table = tables[static_cast<size_t>(family)];
  return table.has_value() ? &*table : nullptr;
}

FakeSet* FakeTables::Set(base::Family family, nft::SetId set) {
  FakeTable* table = Table(family);
  if (table == nullptr) return nullptr;
  const auto found = table->sets.find(nft::DeclarationOf(set).name);
  return found == table->sets.end() || found->second.id != set ? nullptr : &found->second;
}

FakeElement* FakeTables::Find(const nft::ElementKey& id) {
  FakeSet* set = Set(id.family, id.set);
  if (set == nullptr) return nullptr;
  const auto found = set->elements.find(id.key);
  return found == set->elements.end() ? nullptr : &found->second;
}

const FakeElement* FakeTables::Find(const nft::ElementKey& id) const {
  return const_cast<FakeTables*>(this)->Find(id);
}

}  // namespace nftsvc::testing
