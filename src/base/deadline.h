// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "absl/time/time.h"

namespace nftsvc::base {

// When something is due, by a clock that tells the time of day. Such a clock may be set back, by
// NTP or by hand: if it shows a time before the deadline was made, the deadline is due. Otherwise
// what was to wait for milliseconds would wait for as long as the clock went back.
class Deadline {
 public:
  // Due at once.
  Deadline() = default;

  static Deadline After(absl::Time now, absl::Duration wait) { return {now, now + wait}; }
  static Deadline Never() { return {absl::InfinitePast(), absl::InfiniteFuture()}; }

  bool IsDue(absl::Time now) const { return now >= time_ || now < made_; }

  // InfinitePast: at once. InfiniteFuture: never.
  absl::Time time() const { return time_; }

 private:
  Deadline(absl::Time made, absl::Time time) : made_(made), time_(time) {}

  absl::Time made_ = absl::InfinitePast();
  absl::Time time_ = absl::InfinitePast();
};

}  // namespace nftsvc::base
