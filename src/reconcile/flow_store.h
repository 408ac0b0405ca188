// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>

#include "absl/status/statusor.h"
#include "src/forwarding/flow_rule.h"

namespace nftsvc::reconcile {

// What the loop needs of the kernel's connection tracking. netlink::Conntrack is one.
class FlowStore {
 public:
  virtual ~FlowStore() = default;

  // Forgets every flow that the rules call stale, so that its next packet is decided anew, and
  // returns how many. After a failure some of them may be gone, and all or none may be left. Codes:
  //   kAborted        entries kept moving while they were read: try again
  //   kUnimplemented  the kernel cannot list flows, and never will
  virtual absl::StatusOr<size_t> DeleteStale(std::span<const forwarding::FlowRule> rules) = 0;
};

}  // namespace nftsvc::reconcile
