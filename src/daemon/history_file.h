// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "nftsvc/v1/state.pb.h"
#include "src/base/log.h"
#include "src/control/history.h"
#include "src/daemon/state_file.h"

namespace nftsvc::daemon {

// Keeps what undoes the last pushes in the state directory, beside the state file:
//
//   undo-R        what undoes the push that made revision R (undo_file.h)
//   unconfirmed   magic "nftsvcC1", a record with an Unconfirmed: a push that waits
//
// Each is written behind the commit and before the state file, so that no push that a restart knows
// lacks what undoes it. It costs what the push changes. A power loss can lose the latest ones;
// `unconfirmed` and what undoes that push and those after it outlive it.
//
// What undoes a push and cannot be written is held in memory, and tried again with the next Save.
class HistoryFile : public reconcile::StateStore, public control::History {
 public:
  using Clock = std::function<absl::Time()>;

  // `state` must outlive the history.
  HistoryFile(StateFile& state, size_t keep, Clock now, base::Log log);

  // Reads what belongs to the state that was loaded, and removes what belongs to none. Logs what is
  // damaged: the history begins behind it. What cannot be read and may be whole is a failure, and
  // stays. To be called before Save.
  absl::Status Load(uint64_t revision);

  // How many snapshots before the present one are kept. Fewer take effect with the next push.
  void set_keep(size_t keep) { keep_ = keep; }

  void Begin(uint64_t revision, const std::vector<model::ServiceChange>& changes,
             const model::Snapshot& snapshot) override {
    state_.Begin(revision, changes, snapshot);
  }
  void Abandon() override { state_.Abandon(); }
  absl::Status Save(uint64_t revision, const std::vector<model::ServiceChange>& changes,
                    const model::Snapshot& snapshot) override;

  void Expect(std::optional<control::Author> author) override { author_ = std::move(author); }
  std::vector<v1::HistoryEntry> Entries() const override;
  absl::StatusOr<control::Undo> UndoTo(uint64_t revision) const override;
  const std::optional<control::Pending>& pending() const override { return pending_; }
  absl::Status Settle() override;

 private:
  struct Entry {
    v1::UndoHeader header;
    std::vector<model::ServiceChange> unwritten;  // if the file could not be written
  };

  absl::Status LoadPending();
  void Add(uint64_t revision, const std::vector<model::ServiceChange>& changes,
           const model::Snapshot& snapshot);
  absl::Status WriteUnwritten();
  std::vector<std::string> TakeOld();  // the files of those that are not kept any more
  absl::StatusOr<control::Undo> ReadUndo(const Entry& entry) const;
  std::string PathOfPending() const;

  StateFile& state_;
  size_t keep_;
  Clock now_;
  base::Log log_;

  uint64_t revision_ = 0;
  std::deque<Entry> entries_;  // the latest first, without gaps
  std::optional<control::Author> author_;
  std::optional<control::Pending> pending_;
  bool pending_is_written_ = true;
};

}  // namespace nftsvc::daemon
