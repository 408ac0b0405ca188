// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "src/nft/transaction.h"

namespace nftsvc::testing {

// A rule that nf_tables has about transactions, as an example: after `before`, which it takes, it
// answers `tried` with `code`. The fake kernel and the real one are held to the same list.
struct KernelRule {
  std::string name;
  nft::Transaction before;
  nft::Transaction tried;
  absl::StatusCode code = absl::StatusCode::kOk;
};

const std::vector<KernelRule>& KernelRules();

}  // namespace nftsvc::testing
