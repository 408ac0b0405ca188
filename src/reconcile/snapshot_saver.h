// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "src/base/deadline.h"
#include "src/base/log.h"
#include "src/model/snapshot.h"
#include "src/reconcile/state_store.h"

namespace nftsvc::reconcile {

// Saves accepted snapshots, and says when to try again what could not be saved. Logs when that
// begins and when it ends.
class SnapshotSaver {
 public:
  // `state` must outlive the saver.
  SnapshotSaver(StateStore& state, std::function<absl::Time()> now, base::Log log)
      : state_(state), now_(std::move(now)), log_(std::move(log)) {}

  // See StateStore.
  void Begin(uint64_t revision, const std::vector<model::ServiceChange>& changes,
             const model::Snapshot& snapshot) {
    state_.Begin(revision, changes, snapshot);
  }
  void Abandon() { state_.Abandon(); }
  absl::Status Save(uint64_t revision, const std::vector<model::ServiceChange>& changes,
                    const model::Snapshot& snapshot);

  // Never: all is saved.
  const base::Deadline& next_save() const { return next_save_; }

  // Why the last one failed; empty: it did not.
  const std::string& problem() const { return problem_; }

 private:
  StateStore& state_;
  std::function<absl::Time()> now_;
  base::Log log_;
  std::string problem_;
  int failures_ = 0;  // in a row
  base::Deadline next_save_ = base::Deadline::Never();
};

}  // namespace nftsvc::reconcile
