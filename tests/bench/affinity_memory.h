// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace nftsvc::bench {

// Memory that the kernel takes for a number of like things.
struct MemoryUse {
  std::string what;
  std::vector<double> bytes;  // for each thing, by round
};

// What services with session affinity take: for themselves, with maps of several sizes, and for
// each client. Moves the calling thread to another network namespace.
absl::StatusOr<std::vector<MemoryUse>> MeasureAffinityMemory(const std::string& daemon_path);

}  // namespace nftsvc::bench
