// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "nftsvc/v1/snapshot.pb.h"

namespace nftsvc::bench {

// `services` TCP services with a cluster IP of their own and `endpoints` endpoints each, on other
// nodes: one element of `services`, one of `cluster-ips` and `endpoints` of `endpoints` a service.
v1::Snapshot MakeSnapshot(uint32_t services, uint32_t endpoints);

// Service `index` of that snapshot.
v1::Service MakeService(uint32_t index, uint32_t endpoints);

// Likewise, when the services before it have so many endpoints together.
v1::Service MakeService(uint32_t index, uint32_t endpoints, uint32_t endpoints_before);

// An endpoint that no service of MakeSnapshot has.
v1::Endpoint MakeSpareEndpoint(uint32_t number);

// Makes all ports UDP.
void UseUdp(v1::Snapshot& snapshot);

// The cluster IP of service `index`, in host order.
uint32_t ServiceAddress(uint32_t index);

}  // namespace nftsvc::bench
