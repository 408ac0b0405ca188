// SPDX-License-Identifier: Apache-2.0
#include "src/reconcile/snapshot_saver.h"

#include "absl/strings/str_cat.h"
#include "src/reconcile/backoff.h"

namespace nftsvc::reconcile {

absl::Status SnapshotSaver::Save(uint64_t revision,
                                 const std::vector<model::ServiceChange>& changes,
                                 const model::Snapshot& snapshot) {
  const absl::Status saved = state_.Save(revision, changes, snapshot);
  failures_ = saved.ok() ? 0 : failures_ + 1;
  next_save_ =
      saved.ok() ? base::Deadline::Never() : base::Deadline::After(now_(), BackoffAfter(failures_));
  const bool said_already = saved.ok() == problem_.empty();
  problem_ = std::string(saved.message());
  if (said_already) return saved;
  if (saved.ok()) {
    log_(base::Severity::kNotice, "the snapshot can be saved again");
  } else {
    log_(base::Severity::kError,
         absl::StrCat(saved.message(),
                      "; forwarding goes on, but a restart will not know revision ", revision));
  }
  return saved;
}

}  // namespace nftsvc::reconcile
