// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace nftsvc::wire {

// "line 3, column 7" of the byte at `offset`, both counted from 1, columns in bytes.
std::string TextPosition(absl::string_view text, size_t offset);

}  // namespace nftsvc::wire
