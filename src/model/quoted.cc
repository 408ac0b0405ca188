// SPDX-License-Identifier: Apache-2.0
#include "src/model/quoted.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "src/model/utf8.h"

namespace nftsvc::model {
namespace {

constexpr size_t kMostBytes = 64;

// Cuts before the character that does not fit whole.
absl::string_view Cut(absl::string_view text) {
  size_t end = kMostBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end);
}

}  // namespace

std::string Quoted::ToString() const {
  const bool whole = text.size() <= kMostBytes;
  const absl::string_view shown = whole ? text : Cut(text);
  // Utf8SafeCEscape lets everything beyond ASCII through.
  const bool readable = IsUtf8(shown) && !HasC1Control(shown);
  return absl::StrCat("\"", readable ? absl::Utf8SafeCEscape(shown) : absl::CEscape(shown),
                      whole ? "\"" : "…\"");
}

}  // namespace nftsvc::model
