// SPDX-License-Identifier: Apache-2.0
//
// Exports Resolve: which endpoints serve which frontend, as kube-proxy chooses them
// (k8s.io/kubernetes/pkg/proxy/topology.go and the proxiers, as of v1.37).
#include "src/forwarding/resolve.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "src/forwarding/maglev.h"

namespace nftsvc::forwarding {
namespace {

using base::Family;
using model::Endpoint;
using model::TrafficPolicy;

using Endpoints = std::vector<const Endpoint*>;

// Endpoints of one port and family, sorted into the pools that its frontends draw from.
struct Pools {
  Endpoints cluster;
  Endpoints local;
  bool any = false;  // whether an endpoint exists anywhere: decides between reject and drop
};

// Which pools a service's frontends of one family need.
struct Needs {
  bool cluster = false;
  bool local = false;
};

bool IsFallback(const Endpoint& endpoint) { return endpoint.serving && endpoint.terminating; }

Endpoints Matching(const Endpoints& endpoints, auto&& predicate) {
  Endpoints matching;
  matching.reserve(endpoints.size());
  std::copy_if(endpoints.begin(), endpoints.end(), std::back_inserter(matching),
               [&](const Endpoint* endpoint) { return predicate(*endpoint); });
  return matching;
}

// Ready endpoints, or, if there are none, those that still serve while they terminate.
Endpoints ReadyOrFallback(const Endpoints& endpoints) {
  Endpoints ready = Matching(endpoints, [](const Endpoint& e) { return e.ready; });
  return ready.empty() ? Matching(endpoints, IsFallback) : ready;
}

// The ready endpoints that hint at this node or, failing that, at this zone, provided that all of
// them carry such hints; otherwise all of them.
Endpoints PreferNear(Endpoints ready, const HostFacts& host) {
  const auto narrowed = [&ready](const std::string& here, const auto& hints_of) {
    const auto hints_here = [&](const Endpoint& e) {
      const auto& hints = hints_of(e);
      return std::find(hints.begin(), hints.end(), here) != hints.end();
    };
    const bool all_hint = std::all_of(ready.begin(), ready.end(),
                                      [&](const Endpoint* e) { return !hints_of(*e).empty(); });
    return all_hint && !here.empty() ? Matching(ready, hints_here) : Endpoints();
  };
  Endpoints near = narrowed(
      host.node_name, [](const Endpoint& e) -> auto& { return e.placement->node_hints; });
  if (near.empty()) {
    near = narrowed(
        host.zone, [](const Endpoint& e) -> auto& { return e.placement->zone_hints; });
  }
  return near.empty() ? std::move(ready) : near;
}

Pools ChoosePools(const model::Port& port, Family family, Needs needs, const HostFacts& host) {
  Endpoints all;
  all.reserve(port.endpoints.size());
  for (const Endpoint& endpoint : port.endpoints) {
    if (endpoint.address.family() == family && endpoint.weight > 0) all.push_back(&endpoint);
  }
  Pools pools;
  if (needs.cluster) {
    pools.cluster = PreferNear(Matching(all, [](const Endpoint& e) { return e.ready; }), host);
    if (pools.cluster.empty()) pools.cluster = Matching(all, IsFallback);
    pools.any = !pools.cluster.empty();
  }
  if (needs.local) {
    pools.local = ReadyOrFallback(
        Matching(all, [&](const Endpoint& e) { return host.IsThisNode(e.placement->node); }));
    pools.any = pools.any || !ReadyOrFallback(all).empty();
  }
  return pools;
}

// The ranges of one family that may dial; none: everybody. The node itself may when one of its
// addresses is in a range: dialling a virtual address that is bound locally, it has that address as
// its source.
std::vector<base::IpPrefix> AllowedSources(const model::Service& service, Family family,
                                           const HostFacts& host) {
  std::vector<base::IpPrefix> ranges;
  for (const base::IpPrefix& range : service.load_balancer_source_ranges) {
    if (range.family() == family) ranges.push_back(range);
  }
  const bool node_may = std::any_of(ranges.begin(), ranges.end(), [&](const base::IpPrefix& r) {
    return std::any_of(host.local_addresses.begin(), host.local_addresses.end(),
                       [&](const base::IpAddress& a) { return r.Contains(a); });
  });
  if (node_may) {
    for (const base::IpAddress& address : service.load_balancer_ips) {
      if (address.family() == family) {
        ranges.emplace_back(address, static_cast<uint8_t>(address.bytes().size() * 8));
      }
    }
  }
  // Sorted, a range comes right before those that it contains.
  std::sort(ranges.begin(), ranges.end());
  std::vector<base::IpPrefix> disjoint;
  for (const base::IpPrefix& range : ranges) {
    if (disjoint.empty() || !disjoint.back().Contains(range)) disjoint.push_back(range);
  }
  const bool everybody = !disjoint.empty() && disjoint.front().length() == 0;
  return everybody ? std::vector<base::IpPrefix>() : disjoint;
}

// Builds the PortRoutes of one port and family.
class PortResolver {
 public:
  PortResolver(const model::Service& service, const model::Port& port, Family family,
               const HostFacts& host)
      : service_(service), port_(port), family_(family), host_(host) {
    external_local_ = service.external_traffic_policy == TrafficPolicy::kLocal;
    internal_local_ = service.internal_traffic_policy == TrafficPolicy::kLocal;
  }

  // None if the service has no frontend of this family.
  std::vector<Route> Routes() {
    DecideRoutes();
    return std::move(routes_.routes);
  }

  // No routes if the service has no frontend of this family.
  PortRoutes Resolve(SlotMemory memory) {
    if (!HasFrontend()) return {};
    routes_.label = service_.name.ToString();
    if (!port_.name.empty()) absl::StrAppend(&routes_.label, ":", port_.name);
    routes_.family = family_;
    routes_.protocol = port_.protocol;
    routes_.port = port_.port;
    routes_.balancing = port_.balancing;
    routes_.client_ip_affinity = service_.client_ip_affinity;
    DecideRoutes();
    AddTargets();
    routes_.cluster = Arrange(pools_.cluster, Pool::kCluster, memory);
    routes_.local = Arrange(pools_.local, Pool::kLocal, memory);
    return std::move(routes_);
  }

 private:
  bool HasNodePort() const {
    return port_.node_port != 0 && model::HasNodePortsIn(service_, family_);
  }

  bool AnyInFamily(const std::vector<base::IpAddress>& addresses) const {
    return std::any_of(addresses.begin(), addresses.end(),
                       [this](const base::IpAddress& a) { return a.family() == family_; });
  }

  bool HasExternalFrontend() const {
    return HasNodePort() || AnyInFamily(service_.external_ips) ||
           AnyInFamily(service_.load_balancer_ips);
  }

  bool HasFrontend() const { return AnyInFamily(service_.cluster_ips) || HasExternalFrontend(); }

  Needs PoolsNeeded() const {
    const bool external = HasExternalFrontend();
    return {.cluster = !internal_local_ || external,
            .local = internal_local_ || (external_local_ && external)};
  }

  void DecideRoutes() {
    if (!HasFrontend()) return;
    pools_ = ChoosePools(port_, family_, PoolsNeeded(), host_);
    for (const base::IpAddress& address : service_.cluster_ips) {
      if (address.family() != family_) continue;
      Route route = RouteTo(FrontendKind::kClusterIp, Frontend(address, port_.port));
      route.pool = internal_local_ ? Pool::kLocal : Pool::kCluster;
      if (host_.masquerade_all) {
        route.masquerade = Masquerade::kAlways;
      } else if (host_.pods.Detects(family_)) {
        route.masquerade = Masquerade::kOutsidePods;
      }
      Add(std::move(route));
    }
    for (const base::IpAddress& address : service_.external_ips) {
      if (address.family() != family_) continue;
      Add(External(FrontendKind::kExternalIp, Frontend(address, port_.port)));
    }
    const std::vector<base::IpPrefix> allowed = AllowedSources(service_, family_, host_);
    for (const base::IpAddress& address : service_.load_balancer_ips) {
      if (address.family() != family_) continue;
      Route route = External(FrontendKind::kLoadBalancerIp, Frontend(address, port_.port));
      route.allowed_sources = allowed;
      Add(std::move(route));
    }
    if (HasNodePort()) {
      model::FrontendKey frontend = Frontend(base::Unspecified(family_), port_.node_port);
      frontend.node_port = true;
      Add(External(FrontendKind::kNodePort, frontend));
    }
  }

  model::FrontendKey Frontend(const base::IpAddress& address, uint16_t port) const {
    return {.address = address, .protocol = port_.protocol, .port = port};
  }

  static Route RouteTo(FrontendKind kind, const model::FrontendKey& frontend) {
    Route route;
    route.kind = kind;
    route.frontend = frontend;
    return route;
  }

  Route External(FrontendKind kind, const model::FrontendKey& frontend) const {
    Route route = RouteTo(kind, frontend);
    route.pool = external_local_ ? Pool::kLocal : Pool::kCluster;
    route.masquerade = external_local_ ? Masquerade::kNever : Masquerade::kAlways;
    route.short_cut = external_local_ && !pools_.cluster.empty();
    return route;
  }

  void Add(Route route) {
    const Endpoints& pool = route.pool == Pool::kCluster ? pools_.cluster : pools_.local;
    route.action = !pool.empty() ? Action::kBalance : pools_.any ? Action::kDrop : Action::kReject;
    if (route.action != Action::kBalance) route.masquerade = Masquerade::kNever;
    routes_.routes.push_back(std::move(route));
  }

  // The endpoints of either pool, in kube-proxy's order, which is the order of the valid snapshot.
  void AddTargets() {
    const size_t most = pools_.cluster.size() + pools_.local.size();
    target_of_.reserve(most);
    routes_.targets.reserve(most);
    for (const Endpoint& endpoint : port_.endpoints) {
      if (!Uses(pools_.cluster, endpoint) && !Uses(pools_.local, endpoint)) continue;
      target_of_.emplace_back(&endpoint, static_cast<uint16_t>(routes_.targets.size()));
      const std::string& node = endpoint.placement->node;
      const bool elsewhere = !node.empty() && !host_.node_name.empty() && node != host_.node_name;
      routes_.targets.push_back({.address = endpoint.address,
                                 .port = endpoint.port,
                                 .may_hairpin = !elsewhere,
                                 .name = endpoint.name});
    }
  }

  // Pools keep the endpoints' order in memory, which is that of the port's vector.
  static bool Uses(const Endpoints& pool, const Endpoint& endpoint) {
    return std::binary_search(pool.begin(), pool.end(), &endpoint);
  }

  static bool DrawsFrom(const Route& route, Pool pool) {
    return (route.action == Action::kBalance && route.pool == pool) ||
           (route.short_cut && pool == Pool::kCluster);
  }

  Slots Arrange(const Endpoints& pool, Pool which, SlotMemory memory) const {
    std::vector<uint16_t> users;
    std::vector<uint16_t> weights;
    users.reserve(pool.size());
    weights.reserve(pool.size());
    for (const Endpoint* endpoint : pool) {
      const auto target =
          std::lower_bound(target_of_.begin(), target_of_.end(), std::pair(endpoint, uint16_t{0}));
      users.push_back(target->second);
      weights.push_back(endpoint->weight);
    }
    if (port_.balancing == model::Balancing::kMaglev) {
      return MaglevSlots(routes_.targets, users, weights);
    }
    SlotAddresses before;
    for (const Route& route : routes_.routes) {
      // A memory that is read back from the frontends cannot know pools that they do not draw from.
      if (!DrawsFrom(route, which)) continue;
      before = memory(route.frontend, which);
      if (!before.empty()) break;
    }
    return ArrangeSlots(routes_.targets, users, SlotCounts(weights), before);
  }

  const model::Service& service_;
  const model::Port& port_;
  const Family family_;
  const HostFacts& host_;
  bool external_local_ = false;
  bool internal_local_ = false;
  Pools pools_;
  std::vector<std::pair<const Endpoint*, uint16_t>> target_of_;  // sorted
  PortRoutes routes_;
};

}  // namespace

SlotAddresses NoSlots(const model::FrontendKey&, Pool) { return {}; }

std::vector<Route> RoutesOf(const model::Service& service, const model::Port& port, Family family,
                            const HostFacts& host) {
  return PortResolver(service, port, family, host).Routes();
}

SlotAddresses SlotsOf(const ServiceRoutes& routes, const model::FrontendKey& frontend, Pool pool) {
  SlotAddresses addresses;
  for (const PortRoutes& port : routes.ports) {
    // Only one of them can have it, and there may be hundreds, with hundreds of routes.
    if (port.protocol != frontend.protocol || port.family != frontend.address.family()) continue;
    if (!frontend.node_port && port.port != frontend.port) continue;
    const bool serves = std::any_of(port.routes.begin(), port.routes.end(),
                                    [&](const Route& r) { return r.frontend == frontend; });
    if (!serves) continue;
    for (const uint16_t slot : port.slots(pool)) {
      addresses.push_back({port.targets[slot].address, port.targets[slot].port});
    }
    break;
  }
  return addresses;
}

ServiceRoutes Resolve(const model::Service& service, const HostFacts& host, SlotMemory memory) {
  ServiceRoutes routes;
  routes.name = service.name;
  routes.health_check_port = service.health_check_node_port;
  for (const model::Port& port : service.ports) {
    for (const Family family : base::kFamilies) {
      PortRoutes resolved = PortResolver(service, port, family, host).Resolve(memory);
      if (!resolved.routes.empty()) routes.ports.push_back(std::move(resolved));
    }
  }
  return routes;
}

ForwardingTable Resolve(const model::Snapshot& snapshot, const HostFacts& host, SlotMemory memory) {
  ForwardingTable table;
  table.host = host;
  for (const auto& [name, service] : snapshot.services()) {
    table.services.emplace_hint(
        table.services.end(), name,
        std::make_shared<const ServiceRoutes>(Resolve(*service, host, memory)));
  }
  return table;
}

}  // namespace nftsvc::forwarding
