// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "src/base/family.h"
#include "src/nft/set.h"

namespace nftsvc::netlink {

// A set's declaration as the kernel keeps it: what we ask for, and what an existing set must have
// to count as ours.
struct SetForm {
  uint32_t flags = 0;      // NFT_SET_…
  uint32_t key_type = 0;   // nft's numbers for data types; the kernel only remembers them
  uint32_t key_size = 0;   // bytes
  uint32_t data_type = 0;  // maps
  uint32_t data_size = 0;  // maps of endpoints: bytes
  std::vector<uint32_t> ranged_fields;  // ranges of concatenations: bytes of each field

  friend bool operator==(const SetForm&, const SetForm&) = default;
};

SetForm FormOf(nft::SetId set, base::Family family);

// The userdata from which nft lists `typeof ip daddr . meta l4proto …`, byte for byte as nft 1.0.6
// writes it for a set that is declared so. Without it nft lists type names, and no text at all for
// `numgen`, which has none.
std::vector<uint8_t> TypeofUserdata(nft::SetId set, base::Family family);

}  // namespace nftsvc::netlink
