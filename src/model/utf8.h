// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "absl/strings/string_view.h"

namespace nftsvc::model {

// Whether `text` is UTF-8 as RFC 3629 has it: shortest forms only, no surrogates, up to U+10FFFF.
// Protobuf refuses to send anything else as a string.
bool IsUtf8(absl::string_view text);

// Whether it has one of the control characters beyond ASCII, U+0080 to U+009F. Requires: IsUtf8.
bool HasC1Control(absl::string_view text);

}  // namespace nftsvc::model
