// SPDX-License-Identifier: Apache-2.0
#include "src/model/issue.h"

#include "absl/strings/str_cat.h"

namespace nftsvc::model {

std::string Issue::ToString() const {
  if (path.empty()) return message;
  return absl::StrCat(path, ": ", message);
}

}  // namespace nftsvc::model
