// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "src/forwarding/flow_rule.h"
#include "src/forwarding/host_facts.h"
#include "src/model/snapshot.h"

// Which flows a change leaves behind. A flow may go on as long as its endpoint serves the frontend
// that was dialled, whatever policy, topology, weight or readiness say about new flows; without any
// endpoint every flow is stale, so that clients hear of it. No rules where nothing can be stale.
//
// Unlike in kube-proxy, frontends that a service gives up count too, and a node port means this
// host's addresses, not that port anywhere.
namespace nftsvc::forwarding {

enum class FlowScope : uint8_t { kUdp, kUdpAndHalfOpenTcp };

// After `changes`, which made `after` of the snapshot before.
std::vector<FlowRule> StaleFlows(const std::vector<model::ServiceChange>& changes,
                                 const model::Snapshot& after, const HostFacts& host,
                                 FlowScope scope);

// After a change of the host: of the addresses where node ports are dialled.
std::vector<FlowRule> StaleFlows(const HostFacts& before, const HostFacts& after,
                                 const model::Snapshot& snapshot, FlowScope scope);

// About every flow there is, for when it is not known what has changed: after a start, and after
// somebody else changed our tables. Says nothing of frontends that are gone.
std::vector<FlowRule> AllFlows(const model::Snapshot& snapshot, const HostFacts& host,
                               FlowScope scope);

// About all flows of these rules' frontends, as things are now: to try again what failed, and to
// catch packets that were on their way when the rules were carried out.
std::vector<FlowRule> Renewed(std::span<const FlowRule> rules, const model::Snapshot& snapshot,
                              const HostFacts& host);

}  // namespace nftsvc::forwarding
