// SPDX-License-Identifier: Apache-2.0
#include "src/model/source.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace nftsvc::model {
namespace {

constexpr size_t kMaxSourceLength = 63;

// No push's source has a slash.
constexpr absl::string_view kFilePrefix = "files/";

bool IsSourceCharacter(char c) {
  return absl::ascii_islower(static_cast<unsigned char>(c)) ||
         absl::ascii_isdigit(static_cast<unsigned char>(c)) || c == '.' || c == '_' || c == '-';
}

}  // namespace

absl::string_view SourceOf(const Service& service) {
  return service.source.empty() ? kPushSource : service.source.view();
}

bool IsPushSource(absl::string_view text) {
  return !text.empty() && text.size() <= kMaxSourceLength && text != "files" &&
         std::all_of(text.begin(), text.end(), IsSourceCharacter);
}

std::string FileSource(absl::string_view file) { return absl::StrCat(kFilePrefix, file); }

absl::string_view FileOfSource(absl::string_view source) {
  return absl::ConsumePrefix(&source, kFilePrefix) ? source : absl::string_view();
}

}  // namespace nftsvc::model
