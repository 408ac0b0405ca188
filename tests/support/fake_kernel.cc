// SPDX-License-Identifier: Apache-2.0
#include "tests/support/fake_kernel.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace nftsvc::testing {

using reconcile::Generation;

void FakeKernel::Tamper(absl::FunctionRef<void(FakeTables&)> change) {
  change(tables_);
  CommitElsewhere();
}

size_t FakeKernel::CountOf(Call call) const {
  return static_cast<size_t>(std::count(calls_.begin(), calls_.end(), call));
}

void FakeKernel::Count(const nft::ElementKey& element, uint64_t connections) {
  tables_.Find(element)->counter.packets += connections;
}

FakeKernel::Fault FakeKernel::Begin(Call call) {
  const size_t number = calls_.size();
  calls_.push_back(call);
  if (const auto event = events_.find(number); event != events_.end()) event->second();
  const auto fault = faults_.find(number);
  return fault == faults_.end() ? Fault{absl::OkStatus()} : fault->second;
}

absl::StatusOr<Generation> FakeKernel::CurrentGeneration() {
  const Fault fault = Begin(Call::kCurrentGeneration);
  if (!fault.status.ok()) return fault.status;
  return generation_;
}

absl::StatusOr<reconcile::RulesetStore::Observation> FakeKernel::Observe(
    const std::vector<nft::Element>&, const nft::SetChoice& sets) {
  const Fault fault = Begin(Call::kObserve);
  if (!fault.status.ok()) return fault.status;
  observed_sets_.push_back(sets);
  Observation seen{.inventory = tables_.Observe(), .generation = generation_};
  std::erase_if(seen.inventory.elements, [&](const nft::ElementInventory& element) {
    const nft::ElementKey& id = element.element.id;
    return !sets[static_cast<size_t>(id.family)][static_cast<size_t>(id.set)];
  });
  return seen;
}

absl::StatusOr<reconcile::RulesetStore::Outline> FakeKernel::ReadOutline() {
  const Fault fault = Begin(Call::kReadOutline);
  if (!fault.status.ok()) return fault.status;
  Outline outline{.inventory = tables_.Observe(), .generation = generation_};
  outline.counts.fill({});
  for (const base::Family family : base::kFamilies) {
    for (const nft::SetId set : nft::AllSets()) {
      outline.counts[static_cast<size_t>(family)][static_cast<size_t>(set)] = 0;
    }
  }
  for (const nft::ElementInventory& element : outline.inventory.elements) {
    const nft::ElementKey& id = element.element.id;
    ++*outline.counts[static_cast<size_t>(id.family)][static_cast<size_t>(id.set)];
  }
  outline.inventory.elements.clear();
  return outline;
}

absl::StatusOr<Generation> FakeKernel::Commit(const nft::Transaction& transaction,
                                              Generation expected) {
  const Fault fault = Begin(Call::kCommit);
  if (!fault.status.ok() && !fault.applied) return fault.status;
  if (expected != generation_) return absl::AbortedError("commit: the ruleset has changed");
  return Take(transaction, fault);
}

absl::StatusOr<Generation> FakeKernel::CommitAtAny(const nft::Transaction& transaction) {
  const Fault fault = Begin(Call::kCommit);
  if (!fault.status.ok() && !fault.applied) return fault.status;
  return Take(transaction, fault);
}

absl::StatusOr<Generation> FakeKernel::Take(const nft::Transaction& transaction,
                                            const Fault& fault) {
  if (!unsupported_.empty() && absl::StrContains(nft::Print(transaction), unsupported_)) {
    return absl::UnimplementedError("commit: operation not supported");
  }
  FakeTables next = tables_;
  const absl::Status applied = next.Apply(transaction);
  if (!applied.ok()) {
    return absl::Status(applied.code(), absl::StrCat("commit: ", applied.message()));
  }
  tables_ = std::move(next);
  committed_.push_back(transaction);
  ++generation_;
  if (!fault.status.ok()) return fault.status;
  return generation_;
}

absl::StatusOr<std::vector<nft::Counter>> FakeKernel::ReadCounters(
    const std::vector<nft::ElementKey>& elements) {
  const Fault fault = Begin(Call::kReadCounters);
  if (!fault.status.ok()) return fault.status;
  std::vector<nft::Counter> counters;
  counters.reserve(elements.size());
  for (const nft::ElementKey& element : elements) {
    const FakeElement* found = std::as_const(tables_).Find(element);
    counters.push_back(found == nullptr ? nft::Counter() : found->counter);
  }
  return counters;
}

absl::StatusOr<std::vector<FakeKernel::Client>> FakeKernel::ReadClients(base::Family family,
                                                                        const std::string& map) {
  const Fault fault = Begin(Call::kReadClients);
  if (!fault.status.ok()) return fault.status;
  std::vector<Client> clients;
  const auto& table = tables_.tables[static_cast<size_t>(family)];
  if (!table.has_value()) return clients;
  const auto set = table->sets.find(map);
  if (set == table->sets.end()) return clients;
  for (const auto& [client, endpoint] : set->second.clients) clients.push_back({client, endpoint});
  return clients;
}

}  // namespace nftsvc::testing
