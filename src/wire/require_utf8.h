// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace nftsvc::wire {

// InvalidArgument, "line 3: not UTF-8", if the text is not: protobuf's readers of text take it, and
// what they made of it can then not be sent.
absl::Status RequireUtf8(absl::string_view text);

}  // namespace nftsvc::wire
