// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "absl/strings/string_view.h"

namespace nftsvc::base {

// Severities as in syslog(3) and the journal.
enum class Severity { kError = 3, kWarning = 4, kNotice = 5, kInfo = 6, kDebug = 7 };

// Where decisions are told: one line each, no newline at the end. Only reconcile, control and
// daemon hold one; what does not decide does not log.
using Log = std::function<void(Severity, absl::string_view)>;

}  // namespace nftsvc::base
