// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace nftsvc::netlink {

// What a kernel can do of all that our rules can be made of.
struct Features {
  // What nothing stands in for, one text each: "kernel lacks nft_fib (CONFIG_NFT_FIB_IPV4,
  // CONFIG_NFT_FIB_IPV6)".
  std::vector<std::string> missing;

  // A key is looked for in a map as in a set (Linux 6.5). Without it affinity does with other
  // rules.
  bool matches_maps = true;

  // Tables that outlive the process that owns them (Linux 6.9), for table_ownership: EXCLUSIVE.
  bool exclusive_tables = true;

  friend bool operator==(const Features&, const Features&) = default;
};

// The kernel is asked by a dry run, never by its version: versions say nothing of how it was built,
// nor of what was backported. Changes nothing.
//
// kUnimplemented: it lacks nf_tables altogether.
absl::StatusOr<Features> ProbeFeatures();

// All that is not there, in one line, with what is done instead; empty if everything is.
std::string DescribeMissing(const Features& features);

}  // namespace nftsvc::netlink
