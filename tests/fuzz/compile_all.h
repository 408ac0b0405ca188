// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/strings/str_cat.h"
#include "src/forwarding/resolve.h"
#include "src/model/snapshot.h"
#include "src/nft/compile.h"
#include "src/nft/plan.h"
#include "src/nft/transaction.h"
#include "tests/fuzz/require.h"
#include "tests/support/fake_tables.h"

namespace nftsvc::fuzz {

// What is behind an accepted snapshot: resolve, compile, plan, print, for both layouts. The plan is
// one that a kernel takes, what it makes is what was wanted, and from one layout a plan leads to
// the other.
inline void CompileAll(const model::Snapshot& snapshot, const forwarding::HostFacts& host,
                       nft::CompileOptions options) {
  // Inputs of a few bytes can ask for much: valid, but of no interest here.
  constexpr size_t kMostFrontends = 300, kMostElements = 3'000;
  if (snapshot.frontend_count() > kMostFrontends ||
      snapshot.endpoint_elements() + snapshot.source_elements() > kMostElements) {
    return;
  }
  const forwarding::ForwardingTable table =
      forwarding::Resolve(snapshot, host, forwarding::NoSlots);
  testing::FakeTables kernel;
  for (const nft::Layout layout : {nft::Layout::kFlat, nft::Layout::kVerdictMaps}) {
    options.layout = layout;
    const nft::Ruleset ruleset = nft::Compile(table, options);
    const nft::Transaction transaction = nft::Plan(kernel.Observe(), ruleset);
    for (const nft::Operation& operation : transaction.operations) {
      RequirePrintable(nft::Print(operation));
    }
    const absl::Status applied = kernel.Apply(transaction);
    Require(applied.ok(), std::string(applied.message()));
    const nft::Transaction rest = nft::Plan(kernel.Observe(), ruleset);
    Require(rest.empty(), absl::StrCat(rest.operations.size(), " operations are left"));
  }
}

}  // namespace nftsvc::fuzz
