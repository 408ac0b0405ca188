// SPDX-License-Identifier: Apache-2.0
#include "src/web/html.h"

#include "absl/strings/str_replace.h"

namespace nftsvc::web {

std::string EscapeHtml(absl::string_view text) {
  return absl::StrReplaceAll(
      text, {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&quot;"}, {"'", "&#39;"}});
}

}  // namespace nftsvc::web
