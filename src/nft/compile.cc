// SPDX-License-Identifier: Apache-2.0
//
// Exports Compile: what a service adds to the tables; and a whole ruleset put together.
#include "src/nft/compile.h"

#include <algorithm>
#include <iterator>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "src/base/parallel.h"
#include "src/nft/endpoint_chains.h"
#include "src/nft/names.h"
#include "src/nft/pick.h"

namespace nftsvc::nft {
namespace {

using base::Family;
using forwarding::Action;
using forwarding::FrontendKind;
using forwarding::Pool;
using forwarding::PortRoutes;
using forwarding::Route;

// How the endpoints of this route are picked; requires that there are some.
Pick PickFor(const PortRoutes& port, const Route& route, const std::string& owner, bool chains) {
  Pick pick;
  pick.node_port = route.frontend.node_port;
  pick.balancing = port.balancing;
  pick.chains = chains;
  pick.keeps = port.client_ip_affinity.has_value();
  if (pick.keeps || port.balancing == model::Balancing::kRoundRobin) pick.owner = owner;
  if (route.action == Action::kBalance) {
    pick.slots = static_cast<uint32_t>(port.slots(route.pool).size());
  }
  if (route.short_cut) {
    pick.kind = Pick::Kind::kLocal;
    pick.cluster_slots = static_cast<uint32_t>(port.cluster.size());
    return pick;
  }
  if (pick.keeps && route.pool == Pool::kLocal) absl::StrAppend(&pick.owner, kLocalSuffix);
  switch (route.masquerade) {
    case forwarding::Masquerade::kNever:
      break;
    case forwarding::Masquerade::kOutsidePods:
      pick.kind = Pick::Kind::kOutside;
      break;
    case forwarding::Masquerade::kAlways:
      pick.kind = Pick::Kind::kMasquerade;
      break;
  }
  return pick;
}

// Appends the elements of one service.
class ElementWriter {
 public:
  ElementWriter(const forwarding::ServiceRoutes& service, const CompileOptions& options,
                std::vector<Element>& elements)
      : service_(service), options_(options), elements_(elements) {}

  void Write(const PortRoutes& port) {
    const base::SharedText comment = CommentOf(port.label);
    owner_ = OwnerName(service_.name, port.protocol, port.port);
    chains_ = HasEndpointChains(port, options_);
    for (const Route& route : port.routes) {
      WriteDispatch(port, route, comment);
      if (route.action == Action::kBalance) WriteSlots(port, route, route.pool, 0);
      if (route.short_cut) WriteSlots(port, route, Pool::kCluster, kUpperHalf);
      if (!route.allowed_sources.empty()) WriteSources(route);
      if (route.kind == FrontendKind::kClusterIp) {
        Add(Family(route), SetId::kClusterIps, AddressKey(route.frontend.address));
      }
    }
    for (const forwarding::Target& target : port.targets) {
      if (!target.may_hairpin) continue;
      Bytes key = AddressKey(target.address);
      key.Append(target.address.bytes());
      Add(target.address.family(), SetId::kHairpin, key);
    }
  }

 private:
  static base::Family Family(const Route& route) { return route.frontend.address.family(); }

  Element& Add(base::Family family, SetId set, const Bytes& key) {
    Element& element = elements_.emplace_back();
    element.id = {.family = family, .set = set, .key = key};
    return element;
  }

  // The chain for packets from whatever source to the one for those that may come in.
  static std::string Checked(const Route& route, std::string chain) {
    return route.allowed_sources.empty() ? std::move(chain) : absl::StrCat(kCheckedPrefix, chain);
  }

  void WriteDispatch(const PortRoutes& port, const Route& route, const base::SharedText& comment) {
    const bool node_port = route.frontend.node_port;
    const Bytes key = FrontendKey(route.frontend);
    const bool forwards = route.action == Action::kBalance || route.short_cut;
    if (forwards || !route.allowed_sources.empty()) {
      Element& element = Add(Family(route), node_port ? SetId::kNodePorts : SetId::kServices, key);
      element.verdict = VerdictCode::kGoto;
      element.chain = Checked(
          route, forwards ? PickFor(port, route, owner_, chains_).ChainName() : "node-ports");
      element.comment = comment;
    }
    if (route.action != Action::kBalance) {
      Element& element =
          Add(Family(route), node_port ? SetId::kNoEndpointsNodePorts : SetId::kNoEndpoints, key);
      const bool reject = route.action == Action::kReject;
      element.verdict = reject ? VerdictCode::kGoto : VerdictCode::kDrop;
      if (reject) element.chain = "reject-new";
      element.comment = comment;
    }
  }

  void WriteSlots(const PortRoutes& port, const Route& route, Pool pool, uint32_t first) {
    const bool node_port = route.frontend.node_port;
    const SetId endpoints = node_port ? SetId::kNodePortEndpoints : SetId::kEndpoints;
    const SetId chains = node_port ? SetId::kNodePortEndpointChains : SetId::kEndpointChains;
    uint32_t slot = first;
    for (const uint16_t index : port.slots(pool)) {
      const forwarding::Target& target = port.targets[index];
      Element& element =
          Add(Family(route), chains_ ? chains : endpoints, SlotKey(route.frontend, slot++));
      if (chains_) {
        element.verdict = VerdictCode::kGoto;
        element.chain =
            EndpointChainName(owner_, target.address, target.port, pool == Pool::kLocal);
      } else {
        element.value = EndpointValue(target.address, target.port);
      }
      element.comment = CommentOf(target.name);
    }
  }

  void WriteSources(const Route& route) {
    const Bytes frontend = FrontendKey(route.frontend);
    for (const base::IpPrefix& range : route.allowed_sources) {
      Bytes first = frontend;
      first.Append(range.address().bytes());
      Bytes last = frontend;
      last.Append(range.LastAddress().bytes());
      Add(Family(route), SetId::kAllowedSources, first).value = last;
    }
  }

  const forwarding::ServiceRoutes& service_;
  const CompileOptions& options_;
  std::string owner_;    // of the port that is being written
  bool chains_ = false;  // whether its endpoints have chains
  std::vector<Element>& elements_;
};

// How many elements it yields, or a few more. Room for them beforehand is half of the work for many
// services.
size_t MostElements(const forwarding::ServiceRoutes& routes) {
  size_t most = 0;
  for (const PortRoutes& port : routes.ports) {
    most += port.targets.size();  // in the hairpin set
    for (const forwarding::Route& route : port.routes) {
      most += 3 + port.cluster.size() + port.local.size() + route.allowed_sources.size();
    }
  }
  return most;
}

size_t MostElements(absl::Span<const forwarding::ServiceRoutesPtr> services) {
  size_t most = 0;
  for (const auto& routes : services) most += routes == nullptr ? 0 : MostElements(*routes);
  return most;
}

void AddService(const forwarding::ServiceRoutes& routes, const CompileOptions& options,
                Parts& parts) {
  ElementWriter writer(routes, options, parts.elements);
  for (const PortRoutes& port : routes.ports) {
    writer.Write(port);
    AddEndpointChains(routes, port, options, parts);
  }
}

}  // namespace

Parts CompileService(const forwarding::ServiceRoutes& routes, const CompileOptions& options) {
  Parts parts;
  AddService(routes, options, parts);
  return parts;
}

Parts CompileServices(absl::Span<const forwarding::ServiceRoutesPtr> services,
                      const CompileOptions& options) {
  constexpr size_t kLeastOfPart = 500;
  std::vector<Parts> parts(base::PartsFor(services.size(), kLeastOfPart));
  // The first has room for the others.
  parts.front().elements.reserve(MostElements(services));
  base::InParts(parts.size(), services.size(), [&](size_t part, size_t begin, size_t end) {
    const auto mine = services.subspan(begin, end - begin);
    if (part > 0) parts[part].elements.reserve(MostElements(mine));
    for (const auto& routes : mine) {
      if (routes != nullptr) AddService(*routes, options, parts[part]);
    }
  });
  for (size_t part = 1; part < parts.size(); ++part) parts.front().Append(std::move(parts[part]));
  return std::move(parts.front());
}

std::array<std::vector<AffinityMap>, 2> CompileAffinityMaps(const forwarding::ServiceRoutes& routes,
                                                            const CompileOptions& options) {
  Parts parts;
  for (const PortRoutes& port : routes.ports) {
    if (port.client_ip_affinity.has_value()) AddEndpointChains(routes, port, options, parts);
  }
  return std::move(parts.affinity_maps);
}

std::vector<Element> CompileElements(const forwarding::HostFacts& host) {
  std::vector<Element> elements;
  const auto add = [&elements](Family family, SetId set, const Bytes& key) {
    elements.emplace_back().id = {.family = family, .set = set, .key = key};
  };
  for (const Family family : base::kFamilies) {
    for (const auto protocol :
         {base::Protocol::kTcp, base::Protocol::kUdp, base::Protocol::kSctp}) {
      const uint8_t number = static_cast<uint8_t>(protocol);
      Bytes key;
      key.Append({&number, 1});
      add(family, SetId::kProtocols, key);
      add(family, SetId::kUnsticky, key);
    }
  }
  if (host.node_ports_on_all_addresses) return elements;
  for (const base::IpAddress& address : host.node_port_addresses) {
    if (address.is_loopback()) continue;
    add(address.family(), SetId::kNodePortAddresses, AddressKey(address));
  }
  return elements;
}

Ruleset Compile(const forwarding::ForwardingTable& table, const CompileOptions& options) {
  std::vector<forwarding::ServiceRoutesPtr> services;
  services.reserve(table.services.size());
  for (const auto& [name, routes] : table.services) services.push_back(routes);
  Parts parts = CompileServices(services, options);
  std::ranges::move(CompileElements(table.host), std::back_inserter(parts.elements));

  Ruleset ruleset;
  ChainNames used;
  absl::flat_hash_set<ElementKey> shared;
  std::erase_if(parts.elements, [&](const Element& element) {
    if (IsShared(element.id.set) && !shared.insert(element.id).second) return true;
    const size_t family = static_cast<size_t>(element.id.family);
    ++ruleset.counts[family][static_cast<size_t>(element.id.set)];
    if (GoesToSharedChain(element) && !used[family].contains(element.chain.view())) {
      used[family].insert(std::string(element.chain));
    }
    return false;
  });
  ruleset.skeleton = CompileSkeleton(table.host, options, used);
  ruleset.Add(std::move(parts));
  return ruleset;
}

}  // namespace nftsvc::nft
