// SPDX-License-Identifier: Apache-2.0
#include "src/control/service_changes.h"

#include "absl/strings/str_cat.h"

namespace nftsvc::control {

std::string PrintChange(const model::ServiceChange& change) {
  const absl::string_view sign = change.before == nullptr  ? "+ "
                                 : change.after == nullptr ? "- "
                                                           : "~ ";
  return absl::StrCat(sign, change.name.ToString());
}

}  // namespace nftsvc::control
