// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace nftsvc::base {

// The text with every byte that is not printable ASCII as "\xd8": for words of others that go into
// logs, terminals and protobuf's strings, the last of which take only UTF-8.
std::string Printable(absl::string_view text);

}  // namespace nftsvc::base
