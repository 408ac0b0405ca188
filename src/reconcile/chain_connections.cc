// SPDX-License-Identifier: Apache-2.0
//
// How often the chains were taken, since they were written last. The nat table sees one packet of
// each connection.
#include "absl/container/flat_hash_map.h"
#include "src/base/status_macros.h"
#include "src/iptables/chain_names.h"
#include "src/iptables/saved_rule.h"
#include "src/reconcile/chain_reconciler.h"

namespace nftsvc::reconcile {
namespace {

using iptables::Chain;

// What one family's nat table has counted.
struct Taken {
  absl::flat_hash_map<model::FrontendKey, uint64_t> frontends;
  absl::flat_hash_map<std::string, uint64_t> endpoints;  // by chain
};

void TakeFrontends(const Chain& chain, base::Family family, bool node_ports, Taken& taken) {
  for (size_t i = 0; i < chain.packets.size(); ++i) {
    const iptables::SavedRule rule =
        iptables::ReadRule({chain.rules[i].begin(), chain.rules[i].end()}, /*line=*/0);
    if (!rule.protocol.has_value() || rule.port == 0) continue;
    if (node_ports) {
      taken.frontends[model::NodePort(family, *rule.protocol, rule.port)] += chain.packets[i];
    } else if (rule.destination.has_value()) {
      taken.frontends[{.node_port = false,
                       .address = rule.destination->address(),
                       .protocol = *rule.protocol,
                       .port = rule.port}] += chain.packets[i];
    }
  }
}

Taken CountIn(const iptables::SavedTables& saved, base::Family family) {
  Taken taken;
  for (const Chain& chain : saved[static_cast<size_t>(iptables::TableId::kNat)]) {
    if (chain.name == iptables::kServices) TakeFrontends(chain, family, false, taken);
    if (chain.name == iptables::kNodePorts) TakeFrontends(chain, family, true, taken);
    // The last rule of an endpoint's is what translates.
    const bool is_whole = !chain.rules.empty() && chain.packets.size() == chain.rules.size();
    if (is_whole && chain.name.starts_with("KUBE-SEP-")) {
      taken.endpoints[chain.name] = chain.packets.back();
    }
  }
  return taken;
}

template <typename Map, typename Key>
uint64_t CountOf(const Map& map, const Key& key) {
  const auto found = map.find(key);
  return found == map.end() ? 0 : found->second;
}

}  // namespace

// An endpoint's chain serves all frontends of its port: what it has counted stands at the first.
absl::StatusOr<std::vector<Connections>> ChainReconciler::ReadConnections(
    const std::vector<model::ServiceName>& services) {
  ASSIGN_OR_RETURN(const Saved saved, Read());
  std::array<Taken, 2> taken;
  for (const base::Family family : base::kFamilies) {
    const auto index = static_cast<size_t>(family);
    taken[index] = CountIn(saved[index], family);
  }
  std::vector<Connections> connections(services.size());
  for (size_t i = 0; i < services.size(); ++i) {
    const auto routes = table_.services.find(services[i]);
    if (routes == table_.services.end()) continue;
    for (const forwarding::PortRoutes& port : routes->second->ports) {
      const Taken& of_family = taken[static_cast<size_t>(port.family)];
      for (const forwarding::Route& route : port.routes) {
        connections[i].frontends[route.frontend] = CountOf(of_family.frontends, route.frontend);
      }
      if (port.routes.empty()) continue;
      for (const forwarding::Target& target : port.targets) {
        const std::string chain =
            iptables::EndpointChain(port.label, port.protocol, target.address, target.port);
        connections[i].endpoints[{port.routes.front().frontend,
                                  {.address = target.address, .port = target.port}}] =
            CountOf(of_family.endpoints, chain);
      }
    }
  }
  return connections;
}

}  // namespace nftsvc::reconcile
