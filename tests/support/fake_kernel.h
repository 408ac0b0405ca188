// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "src/reconcile/ruleset_store.h"
#include "tests/support/fake_tables.h"

namespace nftsvc::testing {

// A kernel in memory that obeys the real one's rules (see FakeTables), that fails on demand, and in
// which others can do things. Calls are counted from 0, over all its methods.
class FakeKernel : public reconcile::RulesetStore {
 public:
  enum class Call {
    kCurrentGeneration,
    kObserve,
    kReadOutline,
    kCommit,
    kReadCounters,
    kReadClients
  };

  struct Fault {
    absl::Status status;
    bool applied = false;  // does what was asked, and then says that it failed
  };

  // Commits by somebody else: to other tables, or to ours.
  void CommitElsewhere() { ++generation_; }
  void Tamper(absl::FunctionRef<void(FakeTables&)> change);

  // What packets change: no commit.
  void ChangeQuietly(absl::FunctionRef<void(FakeTables&)> change) { change(tables_); }

  // The call numbered `call`, if it comes, fails.
  void FailCall(size_t call, Fault fault) { faults_[call] = std::move(fault); }

  // A transaction in whose text this is, is one that the kernel does not support. Empty: supports
  // all.
  void RefuseTransactionsWith(std::string text) { unsupported_ = std::move(text); }

  // Happens right before that call.
  void BeforeCall(size_t call, std::function<void()> event) { events_[call] = std::move(event); }

  const std::vector<Call>& calls() const { return calls_; }

  // What each call of Observe asked for.
  const std::vector<nft::SetChoice>& observed_sets() const { return observed_sets_; }
  size_t CountOf(Call call) const;

  // What others see.
  const FakeTables& tables() const { return tables_; }
  reconcile::Generation generation() const { return generation_; }

  // All that was applied, in order.
  const std::vector<nft::Transaction>& committed() const { return committed_; }

  // Adds connections to an element's counter. Requires: it is there.
  void Count(const nft::ElementKey& element, uint64_t connections);

  absl::StatusOr<reconcile::Generation> CurrentGeneration() override;
  using RulesetStore::Observe;
  absl::StatusOr<Observation> Observe(const std::vector<nft::Element>& expected,
                                      const nft::SetChoice& sets) override;
  absl::StatusOr<Outline> ReadOutline() override;
  absl::StatusOr<reconcile::Generation> Commit(const nft::Transaction& transaction,
                                               reconcile::Generation expected) override;
  absl::StatusOr<reconcile::Generation> CommitAtAny(const nft::Transaction& transaction) override;
  absl::StatusOr<std::vector<nft::Counter>> ReadCounters(
      const std::vector<nft::ElementKey>& elements) override;
  absl::StatusOr<std::vector<Client>> ReadClients(base::Family family,
                                                  const std::string& map) override;

 private:
  // Notes the call, lets happen what was to happen before it. The fault it is to have, if any.
  Fault Begin(Call call);

  absl::StatusOr<reconcile::Generation> Take(const nft::Transaction& transaction,
                                             const Fault& fault);

  FakeTables tables_;
  reconcile::Generation generation_ = 1;
  std::vector<Call> calls_;
  std::vector<nft::SetChoice> observed_sets_;
  std::map<size_t, Fault> faults_;
  std::string unsupported_;
  std::map<size_t, std::function<void()>> events_;
  std::vector<nft::Transaction> committed_;
};

}  // namespace nftsvc::testing
