// SPDX-License-Identifier: Apache-2.0
#include "src/forwarding/health_check.h"

#include "absl/container/flat_hash_set.h"
#include "src/base/protocol.h"

namespace nftsvc::forwarding {
namespace {

size_t LocalEndpoints(const model::Service& service, const HostFacts& host, base::Family family) {
  absl::flat_hash_set<base::IpAddress> addresses;
  for (const model::Port& port : service.ports) {
    for (const model::Endpoint& endpoint : port.endpoints) {
      const bool takes_clients = endpoint.ready && !endpoint.terminating && endpoint.weight > 0;
      if (takes_clients && endpoint.address.family() == family &&
          host.IsThisNode(endpoint.placement->node)) {
        addresses.insert(endpoint.address);
      }
    }
  }
  return addresses.size();
}

}  // namespace

std::optional<HealthCheck> HealthCheckAt(const model::Snapshot& snapshot, const HostFacts& host,
                                         base::Family family, uint16_t port) {
  const model::Service* service =
      snapshot.Claimant(model::NodePort(family, base::Protocol::kTcp, port));
  if (service == nullptr || service->health_check_node_port != port) return std::nullopt;
  return HealthCheck{.service = service->name,
                     .local_endpoints = LocalEndpoints(*service, host, family)};
}

}  // namespace nftsvc::forwarding
