// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "src/netlink/attributes.h"
#include "src/netlink/socket.h"
#include "src/nft/element.h"

namespace nftsvc::netlink {

// Asks for each of these elements by its key, and hands what the kernel has of elements[index] to
// `found`; not in order, and not at all for one that it lacks. Of sets of intervals only catch-all
// elements. A failure reads "`doing`: cause". Where there are many, `found` is called by several
// threads, for each index once.
//
// Takes the same time for each, some 3 us of one processor, however large the sets are. A listing
// is hardly faster for small sets, and takes seconds for large ones, since the kernel walks a set
// from its start for each 32 KiB that it lists (net/netfilter/nft_set_hash.c: nft_hash_walk).
absl::Status ReadElements(Socket& socket, const std::vector<nft::ElementKey>& elements,
                          absl::string_view doing,
                          absl::FunctionRef<void(size_t index, const Attributes& element)> found);

}  // namespace nftsvc::netlink
