// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

struct nlmsghdr;

namespace nftsvc::netlink {

// Which part of the kernel's netfilter is missing, if `error` about a message that makes something
// says so: "kernel lacks nft_numgen (CONFIG_NFT_NUMGEN)". The kernel itself says no more than that
// there is no such file. Empty: none, as far as can be told. `offset` is of the attribute that the
// kernel complains about.
std::string MissingFeature(const nlmsghdr& message, int error, std::optional<uint32_t> offset);

}  // namespace nftsvc::netlink
