// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "src/netlink/socket.h"
#include "src/nft/element.h"

namespace nftsvc::netlink {

// The counters of these elements, in order; zeros for one that the kernel lacks.
//
// Asks for each by its key, however many there are: a listing of the whole set is hardly faster for
// small sets, and takes seconds for large ones, since the kernel walks a set from its start for
// each 32 KiB that it lists (net/netfilter/nft_set_hash.c: nft_hash_walk).
absl::StatusOr<std::vector<nft::Counter>> ReadElementCounters(
    Socket& socket, const std::vector<nft::ElementKey>& elements);

}  // namespace nftsvc::netlink
