// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "absl/strings/string_view.h"

namespace nftsvc::web {

// Of the status page, which holds it: no other file is needed.
extern const absl::string_view kStyleSheet;

// What a browser may do with the page: show it, with this style sheet (named by its SHA-256), and
// nothing else. No script, no image, no other host, no frame around it.
extern const absl::string_view kContentSecurityPolicy;

}  // namespace nftsvc::web
