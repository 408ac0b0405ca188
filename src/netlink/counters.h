// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "src/netlink/socket.h"
#include "src/nft/element.h"

namespace nftsvc::netlink {

// The counters of these elements, in order; zeros for one that the kernel lacks.
absl::StatusOr<std::vector<nft::Counter>> ReadElementCounters(
    Socket& socket, const std::vector<nft::ElementKey>& elements);

}  // namespace nftsvc::netlink
