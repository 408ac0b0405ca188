// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "tests/bench/figures.h"
#include "tests/bench/profiles.h"

namespace nftsvc::bench {

// What a snapshot costs that is there: the daemon's memory, before and after it has shrunk to a
// hundredth, and the kernel's; pushing all of it again with one endpoint changed; starting the
// daemon over it; and doing nothing for `idle`. Moves the calling thread to another network
// namespace.
absl::StatusOr<std::vector<Figure>> MeasureUpkeep(const std::string& daemon_path,
                                                  const Profile& profile, int rounds,
                                                  absl::Duration idle);

}  // namespace nftsvc::bench
