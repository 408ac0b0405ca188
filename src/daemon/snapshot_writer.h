// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <future>

#include "absl/status/statusor.h"
#include "src/daemon/state_directory.h"
#include "src/model/snapshot.h"

namespace nftsvc::daemon {

// Writes a snapshot to a new file, in a thread of its own: while the kernel takes a big
// transaction, the disk can take the state. The file counts from Install on.
class SnapshotWriter {
 public:
  // Begins. `directory` and `snapshot` must stay as they are for as long as the writer lives.
  SnapshotWriter(const StateDirectory& directory, uint64_t number, uint64_t revision,
                 const model::Snapshot& snapshot);

  // Has the thread stop, waits for it, and removes what was not installed.
  ~SnapshotWriter();

  SnapshotWriter(const SnapshotWriter&) = delete;
  SnapshotWriter& operator=(const SnapshotWriter&) = delete;

  uint64_t number() const { return number_; }
  uint64_t revision() const { return revision_; }

  // Waits until the file is on disk whole, and gives it its name. Its size in bytes. To be called
  // once.
  absl::StatusOr<size_t> Install();

 private:
  absl::StatusOr<size_t> Write(const model::Snapshot& snapshot);

  const uint64_t number_;
  const uint64_t revision_;
  StateDirectory::NewSnapshot file_;
  std::atomic<bool> stop_ = false;
  std::future<absl::StatusOr<size_t>> written_;
};

}  // namespace nftsvc::daemon
