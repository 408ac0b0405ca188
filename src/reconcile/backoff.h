// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>

#include "absl/time/time.h"

namespace nftsvc::reconcile {

// How long to wait after the n-th failure in a row (n >= 1): doubles from 100 ms to 30 s.
inline absl::Duration BackoffAfter(int failures) {
  constexpr int kDoublings = 9;  // 51.2 s, over the limit
  return std::min(absl::Milliseconds(100) * (1 << std::min(failures - 1, kDoublings)),
                  absl::Seconds(30));
}

}  // namespace nftsvc::reconcile
