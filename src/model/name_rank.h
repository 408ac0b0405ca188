// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "src/model/service.h"

namespace nftsvc::model {

// A number for each of the names, by which most of them can be told apart without a look at them,
// which lie all over the memory: a name with a smaller number stands before one with a greater
// number. Names with equal numbers are to be compared. Requires: no name has a NUL.
std::vector<uint64_t> RankNames(absl::Span<const ServiceName* const> names);

}  // namespace nftsvc::model
