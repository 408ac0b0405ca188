// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>

#include "absl/time/time.h"
#include "src/base/histogram.h"

namespace nftsvc::control {

// What became of a push, a delta or a change of the files of services.
struct PushRecord {
  enum Result { kAccepted, kUnchanged, kRefused, kFailed };

  absl::Time time = {};
  std::string who = {};  // "push by pid 12 uid 0", "services of files"
  Result result = kAccepted;
  uint64_t revision = 0;  // that it made, if it was accepted
  size_t added = 0, changed = 0, removed = 0;
  absl::Duration took = {};
  std::string why = {};  // it was refused or failed
};

// Counts pushes and remembers the latest of them, for those who want to know what happened here.
// Those that changed nothing are only counted: a controller may push the same again and again.
class PushLog {
 public:
  static constexpr size_t kRemembered = 50;
  static constexpr size_t kResults = 4;

  void Add(PushRecord record);

  // The latest first.
  const std::deque<PushRecord>& latest() const { return latest_; }

  uint64_t count(PushRecord::Result result) const { return counts_[result]; }

  // Services, over all accepted pushes.
  uint64_t added() const { return added_; }
  uint64_t changed() const { return changed_; }
  uint64_t removed() const { return removed_; }

  // Of accepted pushes: from the request's arrival until the kernel had it and it was saved.
  const base::Histogram& durations() const { return durations_; }

  // When the last one came that was valid and not the same; InfinitePast: none.
  absl::Time last_queued() const { return last_queued_; }

 private:
  std::deque<PushRecord> latest_;
  std::array<uint64_t, kResults> counts_ = {};
  uint64_t added_ = 0, changed_ = 0, removed_ = 0;
  base::Histogram durations_;
  absl::Time last_queued_ = absl::InfinitePast();
};

}  // namespace nftsvc::control
