// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace nftsvc::base {

// The name that `word` is most likely a slip of: the first with the fewest letters inserted,
// dropped, replaced or swapped with a neighbour, if those are at most a third of the word. A name
// that `word` begins also counts.
std::optional<std::string> Suggest(absl::string_view word, const std::vector<std::string>& names);

}  // namespace nftsvc::base
