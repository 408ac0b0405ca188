// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "src/base/family.h"
#include "src/forwarding/host_facts.h"
#include "src/model/service.h"
#include "src/model/snapshot.h"

namespace nftsvc::forwarding {

// What a load balancer wants to know of a service before it sends its clients to this host.
struct HealthCheck {
  model::ServiceName service;

  // Addresses on this node that take new connections, however many ports they serve. Those that
  // terminate do not count, even while they are served as a last resort: so hosts are drained.
  size_t local_endpoints = 0;

  friend bool operator==(const HealthCheck&, const HealthCheck&) = default;
};

// The check behind this health check port, asked in this family; none if no service has the port.
// Costs grow with the endpoints of that one service.
std::optional<HealthCheck> HealthCheckAt(const model::Snapshot& snapshot, const HostFacts& host,
                                         base::Family family, uint16_t port);

}  // namespace nftsvc::forwarding
