// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "absl/time/time.h"

// What goes into the fields of responses.
namespace nftsvc::control {

inline uint64_t Microseconds(absl::Duration duration) {
  return static_cast<uint64_t>(std::max<int64_t>(0, absl::ToInt64Microseconds(duration)));
}

inline uint32_t Count(size_t count) { return static_cast<uint32_t>(count); }

}  // namespace nftsvc::control
