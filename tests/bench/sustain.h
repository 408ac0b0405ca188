// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tests/bench/figures.h"
#include "tests/bench/profiles.h"

namespace nftsvc::bench {

// What a client waits for that sends `per_second` deltas each second through one connection,
// whatever the answers take: half replace an endpoint, a quarter adds and a quarter removes one. A
// delta waits from when it is due. Moves the calling thread to another network
// namespace.
absl::StatusOr<std::vector<Figure>> MeasureSustained(const std::string& daemon_path,
                                                     const Profile& profile, int per_second,
                                                     int seconds);

}  // namespace nftsvc::bench
