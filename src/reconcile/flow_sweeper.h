// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "src/base/log.h"
#include "src/forwarding/flow_rule.h"
#include "src/forwarding/host_facts.h"
#include "src/forwarding/stale_flows.h"
#include "src/model/snapshot.h"
#include "src/reconcile/flow_store.h"

namespace nftsvc::reconcile {

// Makes the kernel forget UDP flows that reach an endpoint which no longer serves their frontend,
// or none at all; a client that keeps sending would never see another one. On demand also those of
// TCP that nobody has answered yet, whose client would repeat its SYN in vain.
//
// Each sweep is repeated once by Repeat, which catches what was on its way through the old rules
// while the new ones were committed, and what failed. A failure is logged, never returned:
// forwarding of new flows is right by then.
class FlowSweeper {
 public:
  // `flows` must outlive the sweeper.
  FlowSweeper(FlowStore& flows, forwarding::FlowScope scope, base::Log log)
      : flows_(flows), scope_(scope), log_(std::move(log)) {}

  void set_scope(forwarding::FlowScope scope) { scope_ = scope; }

  // After changes have been committed. `snapshot` and `host` are as they are now.
  void Changed(const std::vector<model::ServiceChange>& changes, const model::Snapshot& snapshot,
               const forwarding::HostFacts& host);

  // After the host's addresses or its configuration have changed.
  void HostChanged(const forwarding::HostFacts& before, const model::Snapshot& snapshot,
                   const forwarding::HostFacts& host);

  // After our rules may have been missing for a while.
  void SweepAll(const model::Snapshot& snapshot, const forwarding::HostFacts& host);

  // A while after the others.
  void Repeat(const model::Snapshot& snapshot, const forwarding::HostFacts& host);

 private:
  void Sweep(const std::vector<forwarding::FlowRule>& rules);
  void SweepAndKeep(std::vector<forwarding::FlowRule> rules);

  FlowStore& flows_;
  forwarding::FlowScope scope_;
  base::Log log_;
  std::vector<forwarding::FlowRule> to_repeat_;
  bool all_to_repeat_ = false;
  bool supported_ = true;
};

}  // namespace nftsvc::reconcile
