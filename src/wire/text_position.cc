// SPDX-License-Identifier: Apache-2.0
#include "src/wire/text_position.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace nftsvc::wire {

std::string TextPosition(absl::string_view text, size_t offset) {
  const absl::string_view before = text.substr(0, offset);
  const size_t newline = before.rfind('\n');
  const size_t column = newline == before.npos ? offset : offset - newline - 1;
  const auto lines = std::count(before.begin(), before.end(), '\n');
  return absl::StrCat("line ", lines + 1, ", column ", column + 1);
}

}  // namespace nftsvc::wire
