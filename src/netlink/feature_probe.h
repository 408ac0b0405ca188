// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace nftsvc::netlink {

// What this kernel lacks of all that our rules can be made of, one text each: "kernel lacks nft_fib
// (CONFIG_NFT_FIB_IPV4, CONFIG_NFT_FIB_IPV6)". The kernel is asked by a dry run, never by its
// version: versions say nothing of how it was built, nor of what was backported. Changes nothing.
//
// kUnimplemented: it lacks nf_tables altogether.
absl::StatusOr<std::vector<std::string>> FindMissingFeatures();

}  // namespace nftsvc::netlink
