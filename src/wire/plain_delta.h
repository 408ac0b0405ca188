// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "absl/strings/string_view.h"

namespace nftsvc::wire {

// What is larger costs enough by itself.
inline constexpr size_t kMostPlainBytes = size_t{64} << 10;

// Whether these bytes of a Request ask for one delta and nothing else: for changes of services,
// whatever the current revision is, and for no more of an answer than that they are made. Such
// deltas can be committed together. True says nothing of whether the services can be decoded.
bool IsPlainDelta(absl::string_view request);

}  // namespace nftsvc::wire
