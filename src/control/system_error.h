// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace nftsvc::control {

// "connect /run/x.sock: no such file or directory", with the code that absl gives to the errno.
absl::Status SystemError(int error, absl::string_view what);

}  // namespace nftsvc::control
