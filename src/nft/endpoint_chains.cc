// SPDX-License-Identifier: Apache-2.0
#include "src/nft/endpoint_chains.h"

#include <algorithm>
#include <utility>

#include "absl/container/btree_map.h"
#include "src/nft/names.h"

namespace nftsvc::nft {
namespace {

using forwarding::Pool;
using forwarding::PortRoutes;
using forwarding::Target;

// The endpoints of one pool of a port, and where they go.
class PoolWriter {
 public:
  PoolWriter(const PortRoutes& port, std::string owner, Pool pool, const CompileOptions& options,
             Parts& parts)
      : port_(port),
        owner_(std::move(owner)),
        local_(pool == Pool::kLocal),
        options_(options),
        chains_(parts.chains[static_cast<size_t>(port.family)]),
        maps_(parts.affinity_maps[static_cast<size_t>(port.family)]) {
    std::vector<uint16_t> used = port.slots(pool);
    std::sort(used.begin(), used.end());
    used.erase(std::unique(used.begin(), used.end()), used.end());
    for (const uint16_t index : used) targets_.push_back(&port.targets[index]);
  }

  void Write() {
    if (port_.client_ip_affinity.has_value()) WriteClients();
    for (const Target* target : targets_) {
      chains_.push_back({.name = EndpointChainName(owner_, target->address, target->port, local_),
                         .hook = std::nullopt,
                         .rules = RulesFor(*target)});
    }
  }

 private:
  void WriteClients() {
    absl::btree_map<uint16_t, std::vector<base::IpAddress>> members;  // by port
    for (const Target* target : targets_) members[target->port].push_back(target->address);
    Chain chain;
    chain.name = ClientsChainName(local_ ? owner_ + std::string(kLocalSuffix) : owner_);
    for (auto& [endpoint_port, addresses] : members) {
      const std::string map = AffinityName(owner_, endpoint_port, local_);
      std::sort(addresses.begin(), addresses.end());
      if (options_.matches_maps) {
        chain.rules.push_back({MatchKept{map}, KeepIn(map, addresses.front()),
                               MatchProtocol{port_.protocol}, DnatToKept{map, endpoint_port}});
      } else if (members.size() > 1) {
        chain.rules.push_back({MatchProtocol{port_.protocol}, DnatToKept{map, endpoint_port}});
      }
      maps_.push_back({map, options_.affinity_clients, std::move(addresses)});
    }
    chains_.push_back(std::move(chain));
  }

  std::vector<Rule> RulesFor(const Target& target) const {
    const Dnat translate{target.address, target.port};
    const MatchProtocol protocol{port_.protocol};
    if (!port_.client_ip_affinity.has_value()) return {{protocol, translate}};
    const std::string map = AffinityName(owner_, target.port, local_);
    return {{KeepIn(map, target.address)},
            {protocol, DnatToKept{map, target.port}},
            {protocol, MatchSet{.key = {{.field = Field::kL4Proto}}, .set = SetId::kUnsticky},
             translate}};
  }

  Keep KeepIn(const std::string& map, const base::IpAddress& endpoint) const {
    return {map, *port_.client_ip_affinity, endpoint};
  }

  const PortRoutes& port_;
  const std::string owner_;
  const bool local_;
  const CompileOptions& options_;
  Chains& chains_;
  std::vector<AffinityMap>& maps_;
  std::vector<const Target*> targets_;
};

bool DrawsFrom(const PortRoutes& port, Pool pool) {
  return std::any_of(port.routes.begin(), port.routes.end(), [&](const forwarding::Route& route) {
    return (route.action == forwarding::Action::kBalance && route.pool == pool) ||
           (route.short_cut && pool == Pool::kCluster);
  });
}

}  // namespace

bool HasEndpointChains(const PortRoutes& port, const CompileOptions& options) {
  return port.client_ip_affinity.has_value() ||
         (options.layout == Layout::kVerdictMaps && !model::IsByHash(port.balancing));
}

void AddEndpointChains(const forwarding::ServiceRoutes& service, const PortRoutes& port,
                       const CompileOptions& options, Parts& parts) {
  if (!HasEndpointChains(port, options)) return;
  for (const Pool pool : {Pool::kCluster, Pool::kLocal}) {
    if (!DrawsFrom(port, pool)) continue;
    PoolWriter(port, OwnerName(service.name, port.protocol, port.port), pool, options, parts)
        .Write();
  }
}

}  // namespace nftsvc::nft
