// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "src/reconcile/flow_store.h"

namespace nftsvc::netlink {

// The kernel's connection tracking, in the network namespace of the calling thread. Needs
// CAP_NET_ADMIN there.
//
// The kernel searches its table itself and hands over little but what has to go, as far as its
// filters can tell: one rule costs a pass over the table, a fifth of a second for a million
// connections. However many have to go, only a few hundred are held at a time.
class Conntrack final : public reconcile::FlowStore {
 public:
  absl::StatusOr<size_t> DeleteStale(std::span<const forwarding::FlowRule> rules) override;

  // How many connections the kernel has handed over so far, which is what a call costs.
  size_t listed() const { return listed_; }

 private:
  size_t listed_ = 0;
};

}  // namespace nftsvc::netlink
