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
#include "src/base/log.h"
#include "src/forwarding/host_facts.h"
#include "src/forwarding/resolve.h"
#include "src/forwarding/routes.h"
#include "src/model/snapshot.h"
#include "src/nft/compile.h"
#include "src/nft/inventory.h"
#include "src/nft/transaction.h"
#include "src/nft/usage.h"
#include "src/reconcile/flow_store.h"
#include "src/reconcile/flow_sweeper.h"
#include "src/reconcile/ruleset_store.h"
#include "src/reconcile/settings.h"
#include "src/reconcile/state_store.h"

namespace nftsvc::reconcile {

// A transaction as nft commands, for people: the first `most` of them.
struct Commands {
  std::vector<std::string> lines;
  size_t left_off = 0;
};

// Connections opened since the elements were made, as the kernel counts them.
struct Connections {
  absl::btree_map<model::FrontendKey, uint64_t> frontends;

  // By frontend, because two ports of a service can share an endpoint's address and port.
  absl::btree_map<std::pair<model::FrontendKey, forwarding::SlotAddress>, uint64_t> endpoints;
};

// What a push did, or would do.
struct PushReport {
  uint64_t revision = 0;
  size_t added = 0, changed = 0, removed = 0;  // services
  size_t operations = 0;                       // in the transaction
  Generation generation = 0;
  absl::Duration plan_time, commit_time, persist_time;
  std::string persist_warning;  // not empty: in the kernel, but not in the state directory
  Commands commands;            // only of a preview, or when asked for
};

struct Health {
  bool in_sync = false;  // the kernel holds what the snapshot says, as far as is known
  std::string problem;   // why not, and what happens next
  Generation generation = 0;
  uint64_t commits = 0;
  absl::Duration last_commit_time;
  absl::Time last_commit = absl::InfinitePast();  // InfinitePast: none yet
  uint64_t drift_repairs = 0;
  std::string last_drift;
  std::string persist_problem;
  size_t elements = 0;
};

// The loop: keeps the kernel equal to the accepted snapshot.
//
// What the kernel holds is either known, from our own last clean commit or from observing, or
// unknown, after a failure with an unknown outcome; then the next turn observes before it plans.
// Costs of a push grow with the services it changes, not with those it leaves alone, unless the
// kernel has to be observed first.
//
// A failure that a call returns is for its caller to log. Not thread-safe; reads no clock but
// `now`.
class Reconciler {
 public:
  using Clock = std::function<absl::Time()>;

  // The stores must outlive the reconciler.
  Reconciler(RulesetStore& kernel, FlowStore& flows, StateStore& state, Settings settings,
             Clock now, base::Log log);

  // Takes over the services that were accepted before a restart and makes the kernel equal to them.
  // Writes nothing if it is already. The snapshot is held even if this fails; Poll tries again.
  absl::Status Start(uint64_t revision, std::vector<model::ServiceChange> accepted);

  const model::Snapshot& snapshot() const { return snapshot_; }
  uint64_t revision() const { return revision_; }
  const Settings& settings() const { return settings_; }

  // The forwarding table of the snapshot, for Decide.
  const forwarding::ForwardingTable& table() const { return table_; }

  // Commits changes that Validate found against snapshot(), and saves them. On failure the old
  // snapshot stays and goes on being enforced.
  absl::StatusOr<PushReport> Push(const std::vector<model::ServiceChange>& changes,
                                  bool want_commands);

  // What Push would do. Changes nothing.
  absl::StatusOr<PushReport> Preview(const std::vector<model::ServiceChange>& changes);

  // Enforces other settings from now on.
  absl::Status Reconfigure(Settings settings);

  // What would make the kernel equal to the snapshot: no commands when it is.
  absl::StatusOr<Commands> Verify();

  // One for each of these services, in their order; a service that is not in the snapshot has none.
  absl::StatusOr<std::vector<Connections>> ReadConnections(
      const std::vector<model::ServiceName>& services);

  // Looks whether somebody else changed the kernel's ruleset, and repairs ours. Also retries what
  // failed before, when its time has come. Call every now and then, at the latest at `next_poll`.
  void Poll();
  absl::Time next_poll() const { return std::min(next_poll_, next_save_); }

  const Health& health() const { return health_; }

 private:
  using NamedRoutes = std::vector<std::pair<model::ServiceName, forwarding::ServiceRoutesPtr>>;

  // A change of the snapshot as the table's elements see it, with what it takes to undo it.
  struct Step {
    nft::Usage::Net net;
    NamedRoutes routes_before;
  };

  // What to send to get from what the kernel holds to what it should, and what it holds then.
  struct Turn {
    nft::Transaction preparation;  // comes first: see nft::TakePreparation
    nft::Transaction transaction;

    size_t operations() const {
      return preparation.operations.size() + transaction.operations.size();
    }
    nft::Inventory after;       // without elements
    Generation generation = 0;  // that the kernel had
    bool observed = false;      // planned from a look at the kernel, not from memory
  };

  Step Advance(const std::vector<model::ServiceChange>& changes, forwarding::SlotMemory memory);
  void Retreat(Step step, std::vector<model::ServiceChange> changes);
  nft::Usage::Net Exchange(NamedRoutes& routes);
  void CompileSkeleton();

  absl::StatusOr<RulesetStore::Observation> ObserveOurs() const;
  nft::Inventory HeldBefore(const Step& step) const;
  absl::StatusOr<Turn> PlanTurn(Step* step) const;
  absl::StatusOr<Turn> Converge(Step* step);
  absl::StatusOr<Generation> Commit(const Turn& turn, bool& half_done);
  void Committed(Turn& turn, Generation generation);
  void Failed(const absl::Status& why);
  absl::Status Save(const std::vector<model::ServiceChange>& changes);
  void UseHostElements();

  // Clients that are kept on an endpoint which no longer serves their frontend: the kernel is made
  // to forget them, once after the commit, and once more at the next poll for those that came by
  // the old rules meanwhile. A failure is logged, never returned.
  void ForgetClients(const NamedRoutes& routes_before);
  void ForgetAllClients();
  void ForgetClientsAgain();
  void ForgetClientsOf(const std::vector<model::ServiceName>& services);
  absl::StatusOr<size_t> ForgetClientsIn(base::Family family, const nft::AffinityMap& map);

  absl::Status CatchUp();
  absl::Status LookForDrift();

  RulesetStore& kernel_;
  StateStore& state_;
  FlowSweeper sweeper_;
  Settings settings_;
  Clock now_;
  base::Log log_;

  model::Snapshot snapshot_;
  uint64_t revision_ = 0;
  forwarding::ForwardingTable table_;
  nft::Usage usage_;
  nft::Skeleton skeleton_;

  // The kernel's skeleton as we know it; its elements are those of the snapshot. None: unknown.
  std::optional<nft::Inventory> known_;
  Generation generation_ = 0;
  bool suspect_ = false;  // somebody committed since, perhaps to our tables

  absl::btree_set<model::ServiceName> forget_again_;

  Health health_;
  int failures_ = 0;  // in a row
  absl::Time next_poll_ = absl::InfinitePast();
  int failed_saves_ = 0;                           // in a row
  absl::Time next_save_ = absl::InfiniteFuture();  // of what has not been saved yet
};

}  // namespace nftsvc::reconcile
