// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "nftsvc/v1/snapshot.pb.h"
#include "tests/bench/sender.h"

namespace nftsvc::bench {

// A ruleset, and connections that go through it.
struct Variant {
  std::string name;
  std::string base;        // the name of the variant that it is compared with; may be its own
  std::string rules = {};  // text for nft; empty: the tables of nftsvcd for `snapshot`
  v1::Snapshot snapshot = {};
  std::string changes = {};  // commands for nft afterwards
  std::string config = {};   // of nftsvcd
  Traffic traffic = {};
  bool translated = true;  // connections end at an endpoint
  bool kept = false;       // those of one client at the same one
};

// What is measured side by side. `sizes`: large numbers of services.
std::vector<Variant> MakeVariants(std::span<const uint32_t> sizes);

}  // namespace nftsvc::bench
