// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace nftsvc::wire {

// Whether `text` is one JSON object by the grammar of RFC 8259, nested no deeper than 64.
//
// Protobuf's own reader takes more than that (names without quotes, commas before a bracket) and
// does not say where it stumbles: "line 3, column 7: expected ':'".
absl::Status CheckJsonSyntax(absl::string_view text);

}  // namespace nftsvc::wire
