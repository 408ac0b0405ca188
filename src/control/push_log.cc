// SPDX-License-Identifier: Apache-2.0
#include "src/control/push_log.h"

#include <utility>

namespace nftsvc::control {

void PushLog::Add(PushRecord record) {
  ++counts_[record.result];
  if (record.result == PushRecord::kUnchanged) return;
  if (record.result != PushRecord::kRefused) last_queued_ = record.time;
  if (record.result == PushRecord::kAccepted) {
    added_ += record.added;
    changed_ += record.changed;
    removed_ += record.removed;
    durations_.Add(absl::ToDoubleSeconds(record.took));
  }
  latest_.push_front(std::move(record));
  if (latest_.size() > kRemembered) latest_.pop_back();
}

}  // namespace nftsvc::control
