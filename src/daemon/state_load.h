// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "src/base/log.h"
#include "src/daemon/state_directory.h"
#include "src/model/snapshot.h"

namespace nftsvc::daemon {

inline constexpr absl::string_view kSnapshotMagic = "nftsvcS1";
inline constexpr absl::string_view kJournalMagic = "nftsvcJ1";

// What the files of a state directory say, and where writing goes on.
struct LoadedState {
  uint64_t revision = 0;
  model::Snapshot snapshot;

  uint64_t number = 0;          // of the snapshot file; 0: the directory is new
  uint64_t highest_number = 0;  // of any file
  size_t snapshot_bytes = 0;
  size_t journal_bytes = 0;  // of journal-`number`: what is good of it

  // Whether more changes can be added to journal-`number`.
  bool is_appendable = false;
};

// Reads them as state_file.h promises. Logs what it passes over or leaves out.
absl::StatusOr<LoadedState> LoadState(const StateDirectory& directory, const base::Log& log);

}  // namespace nftsvc::daemon
