// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "absl/functional/function_ref.h"
#include "src/base/ip_address.h"
#include "src/forwarding/host_facts.h"
#include "src/forwarding/routes.h"
#include "src/forwarding/slots.h"
#include "src/model/snapshot.h"

namespace nftsvc::forwarding {

// What stands in the slots of a frontend's pool at present; empty if unknown.
using SlotMemory = absl::FunctionRef<SlotAddresses(const model::FrontendKey&, Pool)>;

SlotAddresses NoSlots(const model::FrontendKey&, Pool);

// The slots of `routes`, as the memory for the next Resolve of the same service.
SlotAddresses SlotsOf(const ServiceRoutes& routes, const model::FrontendKey& frontend, Pool pool);

// Which endpoints serve which frontend of a valid service on this host, as kube-proxy chooses:
// ready before serving-and-terminating, topology hints, traffic policies, reject or drop.
//
// Endpoints keep the slots that `memory` says they have; new ones take the free slots; when slots
// become fewer, those at the end move into the holes. So adding or removing an endpoint moves at
// most one other one, and resolving with one's own result as memory changes nothing.
ServiceRoutes Resolve(const model::Service& service, const HostFacts& host, SlotMemory memory);

// What happens to new connections to the frontends of one port in one family. Resolve decides the
// same; this costs less, without slots.
std::vector<Route> RoutesOf(const model::Service& service, const model::Port& port,
                            base::Family family, const HostFacts& host);

// The whole snapshot.
ForwardingTable Resolve(const model::Snapshot& snapshot, const HostFacts& host, SlotMemory memory);

}  // namespace nftsvc::forwarding
