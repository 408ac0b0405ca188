// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "src/base/log.h"
#include "src/control/unique_fd.h"
#include "src/daemon/background_sync.h"
#include "src/daemon/snapshot_writer.h"
#include "src/daemon/state_directory.h"
#include "src/model/snapshot.h"
#include "src/reconcile/state_store.h"

namespace nftsvc::daemon {

// Keeps the accepted snapshot in the state directory:
//
//   snapshot-N   magic "nftsvcS1", a record with a StateHeader, a record for each Service
//   journal-N    magic "nftsvcJ1", a record with a StateChange for each push since snapshot-N
//
// (state_record.h, state.proto). Numbers only grow. A journal that has outgrown its snapshot, or a
// push that changes much of it, begins snapshot N+1; N stays until N+2. A push that goes into the
// journal costs what it changes, however big the snapshot is.
//
// What Load finds, however the writer ended, is a state that was accepted, whole:
//  - kill -9 loses nothing that was acknowledged. What Save has written is in the kernel's page
//    cache, and a record or snapshot that was being written is recognized as such and left out.
//  - Power loss loses no snapshot file: it is synced before it gets its name. It can lose pushes in
//    the journal since the last Sync, the latest ones first.
//  - A snapshot file that has gone bad is passed over for the one before it, and the journals are
//    followed from there as far as they join up.
class StateFile : public reconcile::StateStore {
 public:
  struct Accepted {
    uint64_t revision = 0;
    std::vector<model::ServiceChange> services;  // all of them, as added
  };

  // Locks the directory: see StateDirectory::Open.
  static absl::StatusOr<std::unique_ptr<StateFile>> Open(const std::string& directory,
                                                         base::Log log);

  // What was accepted last; revision 0 if the directory is new. Logs what had to be left out or
  // passed over. kDataLoss: there are snapshots and none can be read. To be called before Save.
  absl::StatusOr<Accepted> Load();

  // Many changes are written beforehand, in a thread, under a name that no Load looks at.
  void Begin(uint64_t revision, const std::vector<model::ServiceChange>& changes,
             const model::Snapshot& snapshot) override;
  void Abandon() override { writer_.reset(); }

  // On failure the change is kept in mind and written by the next Save that can.
  absl::Status Save(uint64_t revision, const std::vector<model::ServiceChange>& changes,
                    const model::Snapshot& snapshot) override;

  const StateDirectory& directory() const { return directory_; }

  // Whether there are pushes that a power loss would lose, or may.
  bool IsUnsynced() const { return unsynced_ || sync_.is_begun(); }

  // Begins to make the journal outlive a power loss, unless that is still going on since the last
  // time. What became of that is the answer; after a failure, Save is to be called once more, which
  // writes a snapshot then.
  absl::Status BeginSync();

  // The state given to Save last outlives a power loss when this returns OK. Waits for the disk.
  // Fails as long as it is not in the files whole: only Save can help then.
  absl::Status Sync();

 private:
  StateFile(StateDirectory directory, base::Log log)
      : directory_(std::move(directory)), log_(std::move(log)) {}

  absl::Status EndSync();
  absl::Status Write(uint64_t revision, const std::vector<model::ServiceChange>& changes,
                     const model::Snapshot& snapshot);
  absl::Status AppendToJournal();
  absl::Status WriteSnapshot(uint64_t revision, const model::Snapshot& snapshot);

  StateDirectory directory_;
  base::Log log_;

  uint64_t revision_ = 0;        // of the last change, written or kept in mind
  uint64_t number_ = 0;          // of the snapshot that the journal belongs to; 0: none yet
  uint64_t highest_number_ = 0;  // of any file
  bool snapshot_is_due_ = true;  // the journal cannot take up the next change

  std::unique_ptr<SnapshotWriter> writer_;  // of what Begin was told; null: nothing yet

  control::UniqueFd journal_;
  size_t journal_bytes_ = 0;  // good ones
  size_t snapshot_at_ = 0;    // this size of the journal a new snapshot is due
  std::string unwritten_;     // records that the journal lacks
  absl::Status written_;      // why the files may lack the last state
  bool unsynced_ = false;
  bool journal_is_new_ = false;  // its name is not synced
  BackgroundSync sync_;          // of what was in the journal then
};

}  // namespace nftsvc::daemon
