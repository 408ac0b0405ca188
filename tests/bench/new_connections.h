// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace nftsvc::bench {

// What the first packet of a connection costs the kernel.
struct ConnectionCost {
  std::string name;
  std::string base;
  std::vector<double> nanoseconds;  // by round
  std::vector<double> ratios;       // to the base, in the same round
  std::vector<double> differences;  // nanoseconds more than the base
};

// Measures all of MakeVariants, each on a Node of its own, turn by turn. At most
// kMostConnectionRounds. Moves the calling thread to another network namespace.
absl::StatusOr<std::vector<ConnectionCost>> MeasureNewConnections(const std::string& daemon_path,
                                                                  std::span<const uint32_t> sizes,
                                                                  int rounds);

inline constexpr int kMostConnectionRounds = 15;

}  // namespace nftsvc::bench
