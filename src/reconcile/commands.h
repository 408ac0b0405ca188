// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace nftsvc::reconcile {

// A transaction as nft commands, for people: the first `most` of them.
struct Commands {
  std::vector<std::string> lines;
  size_t left_off = 0;
};

}  // namespace nftsvc::reconcile
