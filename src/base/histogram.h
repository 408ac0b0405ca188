// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace nftsvc::base {

// How many durations fell below each of fixed bounds that double from 0.1 ms to 52 s, as Prometheus
// counts them.
class Histogram {
 public:
  static constexpr size_t kBounds = 20;

  // In seconds; a duration that is equal to it is below it.
  static constexpr double Bound(size_t i) { return 0.0001 * static_cast<double>(uint64_t{1} << i); }

  void Add(double seconds) {
    ++count_;
    sum_ += seconds;
    for (size_t i = 0; i < kBounds; ++i) {
      if (seconds <= Bound(i)) ++below_[i];
    }
  }

  // Of all durations, those up to Bound(i).
  uint64_t below(size_t i) const { return below_[i]; }
  uint64_t count() const { return count_; }
  double sum() const { return sum_; }

 private:
  std::array<uint64_t, kBounds> below_ = {};
  uint64_t count_ = 0;
  double sum_ = 0;
};

}  // namespace nftsvc::base
