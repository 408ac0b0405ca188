// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "src/base/deadline.h"
#include "src/base/log.h"
#include "src/iptables/plan.h"
#include "src/iptables/ruleset.h"
#include "src/reconcile/chain_store.h"
#include "src/reconcile/enforcer.h"
#include "src/reconcile/flow_sweeper.h"
#include "src/reconcile/snapshot_saver.h"
#include "src/reconcile/state_store.h"

namespace nftsvc::reconcile {

// The loop of iptables mode: keeps kube-proxy's chains equal to the accepted snapshot.
//
// iptables has no number that tells when somebody changed something, so the chains are read as a
// whole to find that out: as often as settings say, but in at most a fiftieth of the time. In
// between they are taken to be what was written last, and a push writes only the chains that it
// changes. Compiling costs grow with all services.
//
// A restore changes one table of one family at a time; nothing is as a whole but that. If one fails
// behind others that did not, the old chains are written again.
//
// Where nothing was ever accepted, chains of a kube-proxy stay until the first push.
class ChainReconciler final : public Enforcer {
 public:
  // The stores must outlive the reconciler.
  ChainReconciler(ChainStore& chains, FlowStore& flows, StateStore& state, Settings settings,
                  Clock now, base::Log log);

  absl::Status Start(uint64_t revision, std::vector<model::ServiceChange> accepted) override;
  const model::Snapshot& snapshot() const override { return snapshot_; }
  uint64_t revision() const override { return revision_; }
  const Settings& settings() const override { return settings_; }
  const forwarding::ForwardingTable& table() const override { return table_; }
  model::Issues FindUnsupported(const std::vector<model::ServiceChange>& changes) const override;
  absl::StatusOr<PushReport> Push(const std::vector<model::ServiceChange>& changes,
                                  bool want_commands) override;
  void Rehearse(const std::vector<model::ServiceChange>& changes) override {
    snapshot_.Apply(changes);
  }
  absl::StatusOr<PushReport> Preview(const std::vector<model::ServiceChange>& changes) override;
  absl::Status Reconfigure(Settings settings) override;
  absl::StatusOr<Commands> Verify() override;
  absl::StatusOr<std::vector<Connections>> ReadConnections(
      const std::vector<model::ServiceName>& services) override;
  absl::Status SaveAgain() override { return Save({}); }
  void Poll() override;
  absl::Time next_poll() const override {
    return std::min(next_poll_.time(), saver_.next_save().time());
  }
  const Health& health() const override { return health_; }

 private:
  using Rulesets = std::array<iptables::Ruleset, 2>;  // by family
  using Saved = std::array<iptables::SavedTables, 2>;
  using Plans = std::array<iptables::Plan, 2>;
  using NamedRoutes = std::vector<std::pair<model::ServiceName, forwarding::ServiceRoutesPtr>>;

  NamedRoutes Advance(const std::vector<model::ServiceChange>& changes);
  void Retreat(NamedRoutes before, std::vector<model::ServiceChange> changes);
  void Exchange(NamedRoutes& routes);

  Rulesets Compile() const;
  absl::StatusOr<Saved> Read() const;
  static Plans PlanFrom(const Saved& saved, const Rulesets& desired);
  absl::StatusOr<Plans> PlanTurn(const Rulesets& desired) const;
  absl::StatusOr<Plans> Converge(Rulesets desired);
  absl::Status Write(const Plans& plans);
  void Committed(Rulesets rulesets);
  void PutBack();
  void Failed(const absl::Status& why);
  void WarnOfCost();
  absl::Status Save(const std::vector<model::ServiceChange>& changes);

  absl::Status CatchUp();
  absl::Status LookForDrift();

  ChainStore& chains_;
  SnapshotSaver saver_;
  FlowSweeper sweeper_;
  Settings settings_;
  Clock now_;
  base::Log log_;

  model::Snapshot snapshot_;
  uint64_t revision_ = 0;
  forwarding::ForwardingTable table_;

  std::optional<Rulesets> known_;  // that the kernel holds; none: unknown
  bool waits_for_push_ = false;    // kube-proxy's chains serve

  Health health_;
  int failures_ = 0;  // in a row
  base::Deadline next_poll_;
  absl::Duration warned_of_ = absl::Seconds(1);  // a restore that takes longer is told
};

}  // namespace nftsvc::reconcile
