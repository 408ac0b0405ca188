// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "src/base/log.h"

namespace nftsvc::daemon {

// How it ended, as exit code. A failure is one of the start: what the kernel holds is as before.
enum class Ending {
  kStopped = 0,
  kFailed = 1,
  kWrongConfig = 78,  // EX_CONFIG of sysexits.h: the next start would find the same mistakes
};

// Runs the daemon until SIGTERM or SIGINT; forwarding goes on after it. Why it failed is in the
// log.
Ending Run(const std::string& config_file, const base::Log& log);

}  // namespace nftsvc::daemon
