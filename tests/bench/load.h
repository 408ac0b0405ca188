// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tests/bench/figures.h"
#include "tests/bench/profiles.h"

namespace nftsvc::bench {

// What a load from nothing and changes of single endpoints cost. By stage in this process, with the
// kernel's own share (the limit), and end to end: what a client of a running daemon waits for, from
// sending a request to the answer that the kernel has it. Each round measures both. Moves the
// calling thread to another network namespace.
absl::StatusOr<std::vector<Figure>> MeasureLoad(const std::string& daemon_path,
                                                const Profile& profile, int rounds, int deltas);

}  // namespace nftsvc::bench
