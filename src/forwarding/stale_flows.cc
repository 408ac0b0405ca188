// SPDX-License-Identifier: Apache-2.0
#include "src/forwarding/stale_flows.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <optional>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "src/forwarding/resolve.h"

namespace nftsvc::forwarding {
namespace {

using base::Family;
using base::Protocol;
using model::FrontendKey;
using model::Port;
using model::Service;

// Who claims a frontend; null if nobody does.
using Claims = std::function<const Service*(const FrontendKey&)>;

Claims NoClaims() {
  return [](const FrontendKey&) { return nullptr; };
}

Claims ClaimsIn(const model::Snapshot& snapshot) {
  return [&snapshot](const FrontendKey& frontend) { return snapshot.Claimant(frontend); };
}

Claims ClaimsBefore(const std::vector<model::ServiceChange>& changes,
                    const model::Snapshot& after) {
  absl::flat_hash_map<FrontendKey, const Service*> given_up;
  absl::flat_hash_set<const Service*> changed;
  for (const model::ServiceChange& change : changes) {
    if (change.after != nullptr) changed.insert(change.after.get());
    if (change.before == nullptr) continue;
    for (const FrontendKey& frontend : model::FrontendsOf(*change.before)) {
      given_up.emplace(frontend, change.before.get());
    }
  }
  return [given_up = std::move(given_up), changed = std::move(changed),
          &after](const FrontendKey& frontend) -> const Service* {
    if (const auto found = given_up.find(frontend); found != given_up.end()) return found->second;
    const Service* now = after.Claimant(frontend);
    return changed.contains(now) ? nullptr : now;
  };
}

// The frontends at some time.
struct View {
  Claims claims;
  const HostFacts& host;

  // Whose endpoints get what is sent to an address and port; null: nobody's. An address of the node
  // can be a frontend itself, and then comes before node ports, if it forwards anybody (see
  // Decide).
  const Port* PortAt(Protocol protocol, const SlotAddress& at) const {
    FrontendKey frontend{.address = at.address, .protocol = protocol, .port = at.port};
    const Port* const at_address = Claiming(frontend);
    if (!host.AcceptsNodePortsAt(at.address)) return at_address;
    if (at_address != nullptr && Forwards(frontend, *at_address)) return at_address;
    frontend.node_port = true;
    frontend.address = base::Unspecified(at.address.family());
    const Port* const at_node_port = Claiming(frontend);
    return at_node_port != nullptr ? at_node_port : at_address;
  }

 private:
  // Whether the frontend, which is this port's, sends anybody to an endpoint. Asked of few.
  bool Forwards(const FrontendKey& frontend, const Port& port) const {
    const Service& service = *claims(frontend);
    for (const Route& route : RoutesOf(service, port, frontend.address.family(), host)) {
      if (route.frontend == frontend) return route.action == Action::kBalance || route.short_cut;
    }
    return false;
  }

  const Port* Claiming(const FrontendKey& frontend) const {
    const Service* service = claims(frontend);
    if (service == nullptr) return nullptr;
    const auto claims_it = [&](const Port& port) {
      return port.protocol == frontend.protocol &&
             (frontend.node_port ? port.node_port : port.port) == frontend.port;
    };
    const auto port = std::find_if(service->ports.begin(), service->ports.end(), claims_it);
    return port == service->ports.end() ? nullptr : &*port;  // none: a health check's
  }
};

// Sorted. A ready endpoint gets new flows even if it does not serve.
std::vector<SlotAddress> Serving(const Port* port, Family family) {
  std::vector<SlotAddress> serving;
  if (port == nullptr) return serving;
  for (const model::Endpoint& endpoint : port->endpoints) {
    if (endpoint.address.family() != family || !(endpoint.serving || endpoint.ready)) continue;
    serving.push_back({endpoint.address, endpoint.port});
  }
  std::sort(serving.begin(), serving.end());
  return serving;
}

// What can be stale, without the frontends, where `after` has come in the place of `before`.
std::optional<FlowRule> Compare(const Port* before, const Port* after, Protocol protocol,
                                Family family) {
  FlowRule rule;
  rule.protocol = protocol;
  std::vector<SlotAddress> now = Serving(after, family);
  if (before != nullptr) {
    const std::vector<SlotAddress> then = Serving(before, family);
    if (then == now) return std::nullopt;
    if (!then.empty() && !now.empty()) {
      rule.stale = FlowRule::Stale::kAtThese;
      std::set_difference(then.begin(), then.end(), now.begin(), now.end(),
                          std::back_inserter(rule.endpoints));
      return rule.endpoints.empty() ? std::nullopt : std::optional(std::move(rule));
    }
  }
  // Nobody served here before, so what went through went untranslated; or nobody does now.
  rule.endpoints = std::move(now);
  return rule;
}

// Gathers frontends into rules, one for all that changed alike.
class Rules {
 public:
  Rules(View before, View after) : before_(std::move(before)), after_(std::move(after)) {}

  void Add(Protocol protocol, const SlotAddress& frontend) {
    if (!seen_.emplace(protocol, frontend).second) return;
    const Change change{before_.PortAt(protocol, frontend), after_.PortAt(protocol, frontend),
                        protocol, frontend.address.family()};
    const auto [known, is_new] = rule_of_.try_emplace(change);
    if (is_new) {
      if (std::optional<FlowRule> rule = std::apply(Compare, change); rule.has_value()) {
        known->second = rules_.size();
        rules_.push_back(*std::move(rule));
      }
    }
    if (known->second.has_value()) rules_[*known->second].frontends.push_back(frontend);
  }

  std::vector<FlowRule> Take() { return std::move(rules_); }

 private:
  using Change = std::tuple<const Port*, const Port*, Protocol, Family>;

  const View before_;
  const View after_;
  absl::flat_hash_set<std::pair<Protocol, SlotAddress>> seen_;
  absl::flat_hash_map<Change, std::optional<size_t>> rule_of_;  // none: nothing is stale
  std::vector<FlowRule> rules_;
};

bool IsIn(FlowScope scope, Protocol protocol) {
  return protocol == Protocol::kUdp ||
         (protocol == Protocol::kTcp && scope == FlowScope::kUdpAndHalfOpenTcp);
}

std::vector<base::IpAddress> NodePortAddresses(const HostFacts& host) {
  std::vector<base::IpAddress> addresses = host.local_addresses;
  addresses.insert(addresses.end(), host.node_port_addresses.begin(),
                   host.node_port_addresses.end());
  if (host.localhost_node_ports) addresses.push_back(Localhost());
  std::sort(addresses.begin(), addresses.end());
  addresses.erase(std::unique(addresses.begin(), addresses.end()), addresses.end());
  std::erase_if(addresses,
                [&](const base::IpAddress& address) { return !host.AcceptsNodePortsAt(address); });
  return addresses;
}

void AddNodePorts(const Service& service, std::span<const base::IpAddress> node_addresses,
                  FlowScope scope, Rules& rules) {
  for (const Port& port : service.ports) {
    if (port.node_port == 0 || !IsIn(scope, port.protocol)) continue;
    for (const base::IpAddress& address : node_addresses) {
      if (!model::HasNodePortsIn(service, address.family())) continue;
      rules.Add(port.protocol, {address, port.node_port});
    }
  }
}

void AddFrontends(const Service& service, std::span<const base::IpAddress> node_addresses,
                  FlowScope scope, Rules& rules) {
  for (const Port& port : service.ports) {
    if (!IsIn(scope, port.protocol)) continue;
    for (const auto* addresses :
         {&service.cluster_ips, &service.external_ips, &service.load_balancer_ips}) {
      for (const base::IpAddress& address : *addresses) {
        rules.Add(port.protocol, {address, port.port});
      }
    }
  }
  AddNodePorts(service, node_addresses, scope, rules);
}

}  // namespace

std::vector<FlowRule> StaleFlows(const std::vector<model::ServiceChange>& changes,
                                 const model::Snapshot& after, const HostFacts& host,
                                 FlowScope scope) {
  Rules rules({ClaimsBefore(changes, after), host}, {ClaimsIn(after), host});
  const std::vector<base::IpAddress> node_addresses = NodePortAddresses(host);
  for (const model::ServiceChange& change : changes) {
    for (const model::ServicePtr& service : {change.before, change.after}) {
      if (service != nullptr) AddFrontends(*service, node_addresses, scope, rules);
    }
  }
  return rules.Take();
}

std::vector<FlowRule> StaleFlows(const HostFacts& before, const HostFacts& after,
                                 const model::Snapshot& snapshot, FlowScope scope) {
  const std::vector<base::IpAddress> then = NodePortAddresses(before);
  const std::vector<base::IpAddress> now = NodePortAddresses(after);
  std::vector<base::IpAddress> moved;
  std::set_symmetric_difference(then.begin(), then.end(), now.begin(), now.end(),
                                std::back_inserter(moved));
  if (moved.empty()) return {};
  Rules rules({ClaimsIn(snapshot), before}, {ClaimsIn(snapshot), after});
  for (const auto& [name, service] : snapshot.services()) {
    AddNodePorts(*service, moved, scope, rules);
  }
  return rules.Take();
}

std::vector<FlowRule> AllFlows(const model::Snapshot& snapshot, const HostFacts& host,
                               FlowScope scope) {
  Rules rules({NoClaims(), host}, {ClaimsIn(snapshot), host});
  const std::vector<base::IpAddress> node_addresses = NodePortAddresses(host);
  for (const auto& [name, service] : snapshot.services()) {
    AddFrontends(*service, node_addresses, scope, rules);
  }
  return rules.Take();
}

std::vector<FlowRule> Renewed(std::span<const FlowRule> rules, const model::Snapshot& snapshot,
                              const HostFacts& host) {
  Rules renewed({NoClaims(), host}, {ClaimsIn(snapshot), host});
  for (const FlowRule& rule : rules) {
    for (const SlotAddress& frontend : rule.frontends) renewed.Add(rule.protocol, frontend);
  }
  return renewed.Take();
}

}  // namespace nftsvc::forwarding
