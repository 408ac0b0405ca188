// SPDX-License-Identifier: Apache-2.0
#include "src/control/system_error.h"

#include <cstring>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace nftsvc::control {

absl::Status SystemError(int error, absl::string_view what) {
  std::string cause = strerror(error);
  cause[0] = absl::ascii_tolower(cause[0]);
  return absl::Status(absl::ErrnoToStatusCode(error), absl::StrCat(what, ": ", cause));
}

}  // namespace nftsvc::control
