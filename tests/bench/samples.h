// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace nftsvc::bench {

// Durations of one thing done several times.
class Samples {
 public:
  // Runs `work` once and adds how long it took. Returns what it returned.
  auto Time(auto&& work) {
    const absl::Time start = absl::Now();
    auto result = work();
    Add(absl::Now() - start);
    return result;
  }

  void Add(absl::Duration duration) { durations_.push_back(duration); }

  // The smallest duration that `share` of all do not exceed. Requires: there are some.
  absl::Duration Quantile(double share) const {
    std::vector<absl::Duration> sorted = durations_;
    std::sort(sorted.begin(), sorted.end());
    const auto rank = static_cast<size_t>(share * static_cast<double>(sorted.size() - 1) + 0.5);
    return sorted[rank];
  }
  absl::Duration Median() const { return Quantile(0.5); }

  const std::vector<absl::Duration>& durations() const { return durations_; }

 private:
  std::vector<absl::Duration> durations_;
};

}  // namespace nftsvc::bench
