// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace nftsvc::xtables {

struct ProgramResult {
  int exit_code = 0;  // 128 and the signal's number if one ended it, as shells have it
  std::string out;
  std::string err;
};

// Runs a program, looked for in PATH, to its end. A failure is that it could not be run.
absl::StatusOr<ProgramResult> RunProgram(const std::vector<std::string>& arguments,
                                         const std::string& in);

}  // namespace nftsvc::xtables
