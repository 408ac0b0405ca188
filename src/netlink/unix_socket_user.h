// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <optional>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace nftsvc::netlink {

// The user who made the Unix stream socket that is bound to this name in the network namespace of
// the thread, whether or not anybody can connect to it, unless it is connected itself. An abstract
// name begins with NUL (unix(7)). None: no socket has that name. kUnimplemented: the kernel does
// not tell, which is so before Linux 5.3 (sock_diag(7), UDIAG_SHOW_UID in <linux/unix_diag.h>).
absl::StatusOr<std::optional<uid_t>> UserOfUnixSocket(absl::string_view name);

}  // namespace nftsvc::netlink
