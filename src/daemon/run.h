// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/status/status.h"
#include "src/base/log.h"

namespace nftsvc::daemon {

// Runs the daemon until SIGTERM or SIGINT; forwarding goes on after it. A failure is one of the
// start: what the kernel holds is as before.
absl::Status Run(const std::string& config_file, const base::Log& log);

}  // namespace nftsvc::daemon
