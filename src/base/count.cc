// SPDX-License-Identifier: Apache-2.0
#include "src/base/count.h"

#include "absl/strings/str_cat.h"

namespace nftsvc::base {

std::string Count(uint64_t number, absl::string_view singular) {
  return absl::StrCat(number, " ", singular, number == 1 ? "" : "s");
}

}  // namespace nftsvc::base
