// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "src/base/log.h"

namespace nftsvc::daemon {

// Writes lines to standard error: with their severity in front, as "<6>", if the journal is behind
// it (sd-daemon(3)), else with the time. `verbose`: also those of severity kDebug.
base::Log StderrLog(bool verbose);

// A line as it is written, with a newline at its end only: control characters become '?'.
std::string FormatLogLine(base::Severity severity, absl::string_view text, bool to_journal,
                          absl::Time now);

}  // namespace nftsvc::daemon
