// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "nftsvc/v1/control.pb.h"
#include "src/control/peer.h"

namespace nftsvc::control {

// Who makes a change of the snapshot, and how.
struct Author {
  std::string action;  // "push", "rollback to 4"
  Peer peer;

  // It is taken back unless it is confirmed in this time. Zero: it stays.
  absl::Duration confirm_within = absl::ZeroDuration();

  // A push before it that waits for its confirmation does so no more.
  bool settles = false;
};

// How long a push may wait to be confirmed.
inline constexpr absl::Duration kLongestConfirmation = absl::Hours(24);

// A push that is taken back unless it is confirmed.
struct Pending {
  uint64_t revision = 0;
  uint64_t base_revision = 0;  // to be gone back to
  absl::Time until;
  absl::Duration within;  // how long it was when it began
};

// A service as it was before; none: there was no such service.
struct Earlier {
  std::optional<v1::Service> service;
  std::string source;  // that brought it; empty: model::kPushSource
};

// By printed name.
using Undo = absl::btree_map<std::string, Earlier>;

// The snapshots before the present one, as what undoes the pushes since.
class History {
 public:
  virtual ~History() = default;

  // Whose the pushes are from now on. None: the daemon's own.
  virtual void Expect(std::optional<Author> author) = 0;

  // How the present snapshot and those before it came to be, the present one first.
  virtual std::vector<v1::HistoryEntry> Entries() const = 0;

  // What makes the snapshot of that revision of the present one. kNotFound: it is not kept.
  virtual absl::StatusOr<Undo> UndoTo(uint64_t revision) const = 0;

  virtual const std::optional<Pending>& pending() const = 0;

  // The pending push stays, also after a restart when this returns OK.
  virtual absl::Status Settle() = 0;
};

}  // namespace nftsvc::control
