// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "src/model/snapshot.h"
#include "src/reconcile/enforcer.h"

// What the reports of both modes have in common.
namespace nftsvc::reconcile {

inline void CountServices(const std::vector<model::ServiceChange>& changes, PushReport& report) {
  for (const model::ServiceChange& change : changes) {
    size_t& count = change.before == nullptr  ? report.added
                    : change.after == nullptr ? report.removed
                                              : report.changed;
    ++count;
  }
}

inline std::string TimeText(absl::Time time) {
  return absl::FormatTime(absl::RFC3339_sec, time, absl::UTCTimeZone());
}

}  // namespace nftsvc::reconcile
