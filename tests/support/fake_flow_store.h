// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "src/reconcile/flow_store.h"

namespace nftsvc::testing {

// Connection tracking in memory: holds flows, and forgets those that rules call stale.
class FakeFlowStore final : public reconcile::FlowStore {
 public:
  absl::StatusOr<size_t> DeleteStale(std::span<const forwarding::FlowRule> rules) override {
    ++calls;
    if (!failure.ok()) return failure;
    const forwarding::FlowRuleIndex index(rules);
    return std::erase_if(flows, [&](const forwarding::Flow& f) { return index.IsStale(f); });
  }

  std::vector<forwarding::Flow> flows;
  absl::Status failure;  // of every call while it is not OK
  int calls = 0;
};

}  // namespace nftsvc::testing
