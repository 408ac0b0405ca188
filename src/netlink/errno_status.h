// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

// Error numbers, as netlink replies and system calls give them, as statuses. This is the one place
// that maps them to the codes that reconcile::RulesetStore promises.
namespace nftsvc::netlink {

// Requires: error > 0.
absl::StatusCode CodeOf(int error);

// "no such file or directory": strerror(3) in lower case, or our own words where those mislead.
std::string ErrnoText(int error);

// "`doing`: no such file or directory", where doing is "verb object".
absl::Status ErrnoStatus(int error, absl::string_view doing);

// A failure of a part of `doing`: the same code, and "`doing`: cause". OK stays OK.
absl::Status While(absl::string_view doing, const absl::Status& cause);

// What to say when the kernel tells an unprivileged process EPERM.
inline constexpr char kNeedsCapability[] = "operation not permitted (needs CAP_NET_ADMIN)";

}  // namespace nftsvc::netlink
