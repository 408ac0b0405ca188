// SPDX-License-Identifier: Apache-2.0
#include "src/wire/require_utf8.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "src/model/utf8.h"

namespace nftsvc::wire {

absl::Status RequireUtf8(absl::string_view text) {
  size_t number = 0;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    ++number;
    if (model::IsUtf8(line)) continue;
    return absl::InvalidArgumentError(absl::StrCat("line ", number, ": not UTF-8"));
  }
  return absl::OkStatus();
}

}  // namespace nftsvc::wire
