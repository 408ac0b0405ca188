// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace nftsvc::web {

// Text as it may stand between tags and in quoted attributes of HTML. Nothing else may bring a name
// or a message into a page.
std::string EscapeHtml(absl::string_view text);

}  // namespace nftsvc::web
