// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "src/base/histogram.h"
#include "src/base/ip_address.h"
#include "src/forwarding/decide.h"
#include "src/forwarding/resolve.h"
#include "src/forwarding/routes.h"
#include "src/model/issue.h"
#include "src/model/snapshot.h"
#include "src/reconcile/commands.h"
#include "src/reconcile/ruleset_store.h"
#include "src/reconcile/settings.h"

namespace nftsvc::reconcile {

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
  base::Histogram commit_seconds;                 // of all commits
  absl::Time last_commit = absl::InfinitePast();  // InfinitePast: none yet
  uint64_t failures = 0;                          // to reach the kernel
  uint64_t drift_repairs = 0;                     // of what others changed
  std::string last_drift;
  std::string persist_problem;
  size_t elements = 0;
  size_t rules = 0;  // of iptables mode
};

// The loop: keeps what the kernel forwards equal to the accepted snapshot, by the rules of one
// mode. Reconciler is that of nftables.
//
// A failure that a call returns is for its caller to log. Not thread-safe.
class Enforcer {
 public:
  using Clock = std::function<absl::Time()>;

  virtual ~Enforcer() = default;

  // Takes over the services that were accepted before a restart and makes the kernel equal to them.
  // Writes nothing if it is already. The snapshot is held even if this fails; Poll tries again.
  virtual absl::Status Start(uint64_t revision, std::vector<model::ServiceChange> accepted) = 0;

  virtual const model::Snapshot& snapshot() const = 0;
  virtual uint64_t revision() const = 0;
  virtual const Settings& settings() const = 0;

  // The forwarding table of the snapshot, for Decide.
  virtual const forwarding::ForwardingTable& table() const = 0;

  // What of these changes the mode has no means for; without any, Push may be called.
  virtual model::Issues FindUnsupported(const std::vector<model::ServiceChange>&) const {
    return {};
  }

  // Commits changes that Validate found against snapshot(), and saves them. On failure the old
  // snapshot stays and goes on being enforced.
  virtual absl::StatusOr<PushReport> Push(const std::vector<model::ServiceChange>& changes,
                                          bool want_commands) = 0;

  // Takes changes into snapshot() and nothing else, so that what comes behind them can be
  // validated before they are pushed. They are to be taken back, by Reversed, before any other
  // call.
  virtual void Rehearse(const std::vector<model::ServiceChange>& changes) = 0;

  // What Push would do. Changes nothing.
  virtual absl::StatusOr<PushReport> Preview(const std::vector<model::ServiceChange>& changes) = 0;

  // Enforces other settings from now on.
  virtual absl::Status Reconfigure(Settings settings) = 0;

  // What would make the kernel equal to the snapshot: no commands when it is.
  virtual absl::StatusOr<Commands> Verify() = 0;

  // One for each of these services, in their order; a service that is not in the snapshot has none.
  virtual absl::StatusOr<std::vector<Connections>> ReadConnections(
      const std::vector<model::ServiceName>& services) = 0;

  // The endpoint that session affinity keeps a client on, of those that table() decided on for a
  // packet; none: it would be drawn, or the mode does not tell. Costs as much as there are clients
  // of the port.
  virtual absl::StatusOr<std::optional<forwarding::SlotAddress>> KeptEndpoint(
      const forwarding::Decision&, const base::IpAddress&) {
    return std::nullopt;
  }

  // Saves the snapshot once more, where it is not certain that a restart would find it: to be
  // called when the disk lost what it had taken. A failure is in health(), and Poll tries it again.
  virtual absl::Status SaveAgain() = 0;

  // Looks whether somebody else changed the kernel's ruleset, and repairs ours. Also retries what
  // failed before, when its time has come. Call every now and then, at the latest at `next_poll`.
  virtual void Poll() = 0;
  virtual absl::Time next_poll() const = 0;

  virtual const Health& health() const = 0;
};

}  // namespace nftsvc::reconcile
