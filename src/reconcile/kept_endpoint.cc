// SPDX-License-Identifier: Apache-2.0
//
// Which endpoint session affinity keeps a client on, as the kernel knows it.
#include <set>

#include "src/base/status_macros.h"
#include "src/nft/names.h"
#include "src/reconcile/reconciler.h"

namespace nftsvc::reconcile {
namespace {

bool HoldsPort(const forwarding::ServiceRoutes& service, const forwarding::PortRoutes& port) {
  return &port >= service.ports.data() && &port < service.ports.data() + service.ports.size();
}

}  // namespace

absl::StatusOr<std::optional<forwarding::SlotAddress>> Reconciler::KeptEndpoint(
    const forwarding::Decision& decision, const base::IpAddress& client) {
  const forwarding::PortRoutes* port = decision.port_routes;
  if (decision.slots == nullptr || !port->client_ip_affinity.has_value()) return std::nullopt;
  const bool local = decision.slots == &port->local;
  std::set<uint16_t> endpoint_ports;  // in the order in which the rules ask their maps
  for (const uint16_t target : *decision.slots) endpoint_ports.insert(port->targets[target].port);

  for (const auto& [name, service] : table_.services) {
    if (!HoldsPort(*service, *port)) continue;
    const std::string owner = nft::OwnerName(name, port->protocol, port->port);
    for (const uint16_t endpoint_port : endpoint_ports) {
      const std::string map = nft::AffinityName(owner, endpoint_port, local);
      ASSIGN_OR_RETURN(const auto clients, kernel_.ReadClients(port->family, map));
      for (const RulesetStore::Client& kept : clients) {
        if (kept.address == client) {
          return forwarding::SlotAddress{.address = kept.endpoint, .port = endpoint_port};
        }
      }
    }
  }
  return std::nullopt;
}

}  // namespace nftsvc::reconcile
