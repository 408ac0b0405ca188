// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "tests/bench/samples.h"

namespace nftsvc::bench {

// What a client of a running daemon waits for, from sending a request to the answer that the kernel
// has it.
struct EndToEndTimes {
  Samples full_push;         // of everything, over an empty table
  Samples same_push;         // the same again: nothing to commit
  Samples add_endpoint;      // one to one service: its number of slots changes
  Samples replace_endpoint;  // one of one service: the number stays
  size_t resident_kib = 0;   // of the daemon, after all that
  size_t peak_kib = 0;
};

// Runs `daemon_path` in this process's network namespace, with its files below a temporary
// directory. `config`: more fields of its configuration.
absl::StatusOr<EndToEndTimes> MeasureEndToEnd(const std::string& daemon_path, uint32_t services,
                                              uint32_t endpoints, int rounds, int deltas,
                                              absl::string_view config = "");

}  // namespace nftsvc::bench
