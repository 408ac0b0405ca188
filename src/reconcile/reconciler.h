// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "src/base/deadline.h"
#include "src/base/log.h"
#include "src/forwarding/decide.h"
#include "src/forwarding/host_facts.h"
#include "src/forwarding/resolve.h"
#include "src/forwarding/routes.h"
#include "src/model/snapshot.h"
#include "src/nft/compile.h"
#include "src/nft/inventory.h"
#include "src/nft/transaction.h"
#include "src/nft/usage.h"
#include "src/reconcile/enforcer.h"
#include "src/reconcile/flow_store.h"
#include "src/reconcile/flow_sweeper.h"
#include "src/reconcile/ruleset_store.h"
#include "src/reconcile/settings.h"
#include "src/reconcile/snapshot_saver.h"
#include "src/reconcile/state_store.h"

namespace nftsvc::reconcile {

// The loop of nftables mode.
//
// What the kernel holds is either known, from our own last clean commit or from observing, or
// unknown, after a failure with an unknown outcome; then the next turn observes before it plans.
// Costs of a push grow with the services it changes, not with those it leaves alone, unless the
// kernel has to be observed first.
//
// Reads no clock but `now`.
class Reconciler final : public Enforcer {
 public:
  // The stores must outlive the reconciler.
  Reconciler(RulesetStore& kernel, FlowStore& flows, StateStore& state, Settings settings,
             Clock now, base::Log log);

  absl::Status Start(uint64_t revision, std::vector<model::ServiceChange> accepted) override;
  const model::Snapshot& snapshot() const override { return snapshot_; }
  uint64_t revision() const override { return revision_; }
  const Settings& settings() const override { return settings_; }
  const forwarding::ForwardingTable& table() const override { return table_; }
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
  absl::StatusOr<std::optional<forwarding::SlotAddress>> KeptEndpoint(
      const forwarding::Decision& decision, const base::IpAddress& client) override;
  absl::Status SaveAgain() override { return Save({}); }
  void Poll() override;
  absl::Time next_poll() const override {
    return std::min(next_poll_.time(), saver_.next_save().time());
  }
  const Health& health() const override { return health_; }

 private:
  using NamedRoutes = std::vector<std::pair<model::ServiceName, forwarding::ServiceRoutesPtr>>;

  // A change of the snapshot as the table's elements see it, with what it takes to undo it.
  struct Step {
    nft::Usage::Net net;
    NamedRoutes routes_before;
    bool from_nothing = false;  // there were no services before
  };

  // What the kernel holds, beside what it should.
  struct Sight {
    RulesetStore::Observation seen;
    nft::Ruleset wanted;
    nft::ChainNames spare;  // that may stay; part of `wanted`
  };

  // What to send to get from what the kernel holds to what it should, and what it holds then.
  struct Turn {
    nft::Transaction preparation;  // comes first: see nft::TakePreparation
    nft::Transaction transaction;
    nft::Transaction cleanup;  // comes last: see nft::TakeCleanup

    size_t operations() const;
    nft::Inventory after;       // without elements
    nft::ChainNames spare;      // chains that are there then and nobody needs
    Generation generation = 0;  // that the kernel had
    bool observed = false;      // planned from a look at the kernel, not from memory
    bool suspect = false;       // the look was not of one generation
  };

  Step Advance(const std::vector<model::ServiceChange>& changes, forwarding::SlotMemory memory);
  void Retreat(Step step, std::vector<model::ServiceChange> changes);
  nft::Usage::Net Exchange(NamedRoutes& routes);
  std::vector<nft::Element> TakeSlots(const nft::ObservedSlots& observed);
  void CompileSkeleton();
  nft::Parts SharedChains(const nft::ChainNames& names) const;

  absl::StatusOr<Sight> Look() const;
  absl::StatusOr<Sight> Look(nft::Ruleset wanted, const nft::SetChoice& sets) const;
  nft::Inventory HeldBefore(const Step& step) const;
  nft::Ruleset WantedAfter(Step& step, const nft::ChainNames& spare) const;
  absl::StatusOr<Turn> PlanTurn(Step* step, std::optional<Sight> sight) const;
  absl::StatusOr<Turn> Converge(Step* step, std::optional<Sight> sight = std::nullopt);
  absl::Status Commit(const nft::Transaction& transaction);
  void Committed(Turn& turn, Generation generation);
  void Failed(const absl::Status& why);
  void Failed(const absl::Status& why, base::Deadline next);
  void PutBack(const absl::Status& why);
  absl::Status Save(const std::vector<model::ServiceChange>& changes);
  void UseHostElements();

  // Clients that are kept on an endpoint which no longer serves their frontend: forgotten after the
  // commit, and at the next poll those that came by the old rules. A failure is logged, and tried
  // again at each poll.
  void ForgetClients(const NamedRoutes& routes_before);
  void ForgetAllClients();
  void ForgetClientsAgain();
  absl::btree_set<model::ServiceName> ForgetClientsOf(
      const std::vector<model::ServiceName>& services);
  absl::Status ForgetClientsIn(base::Family family, const nft::AffinityMap& map, size_t& forgotten);

  absl::Status CatchUp();
  absl::Status TryToCatchUp();
  absl::Status LookForDrift();
  absl::Status ReportRepair(const Turn& turn);
  absl::StatusOr<Turn> RepairSets(const nft::SetChoice& sets, Generation generation);

  RulesetStore& kernel_;
  SnapshotSaver saver_;
  FlowSweeper sweeper_;
  Settings settings_;
  Clock now_;
  base::Log log_;

  model::Snapshot snapshot_;
  uint64_t revision_ = 0;
  forwarding::ForwardingTable table_;
  nft::Usage usage_;
  nft::Skeleton skeleton_;

  // The kernel's skeleton as we know it; its elements are those of the snapshot, and so are the
  // chains that these go to. None: unknown.
  std::optional<nft::Inventory> known_;
  nft::ChainNames spare_;  // likewise, if it is known: see nft::PlanSpareChains
  Generation generation_ = 0;
  bool suspect_ = false;  // somebody committed since, perhaps to our tables

  absl::btree_set<model::ServiceName> forget_again_;
  std::string forget_problem_;  // as logged; empty: none

  Health health_;
  int failures_ = 0;  // in a row
  base::Deadline next_poll_;
  base::Deadline next_look_;  // at all of our tables, for a mere suspicion
};

}  // namespace nftsvc::reconcile
