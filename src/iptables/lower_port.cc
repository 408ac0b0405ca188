// SPDX-License-Identifier: Apache-2.0
//
// Exports LowerPort: the rules of one port of a service, in kube-proxy's words and order
// (k8s.io/kubernetes/pkg/proxy/iptables/proxier.go, as of v1.37).
#include "src/iptables/lower_port.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "src/iptables/cascade.h"
#include "src/iptables/chain_names.h"
#include "src/iptables/rule_parts.h"

namespace nftsvc::iptables {
namespace {

using forwarding::Action;
using forwarding::FrontendKind;
using forwarding::Masquerade;
using forwarding::Pool;
using forwarding::PortRoutes;
using forwarding::Route;
using forwarding::Slots;
using forwarding::Target;

bool IsExternal(const Route& route) { return route.kind != FrontendKind::kClusterIp; }

// Whether anybody who dials it is translated.
bool Forwards(const Route& route) { return route.action == Action::kBalance || route.short_cut; }

bool IsRestricted(const Route& route) { return !route.allowed_sources.empty(); }

class PortLowering {
 public:
  PortLowering(const PortRoutes& port, const Surroundings& around, Lowered& out)
      : port_(port), around_(around), out_(out), names_(PortChainsOf(port.label, port.protocol)) {}

  void Run() {
    for (const Route& route : port_.routes) {
      Dispatch(route);
      if (IsRestricted(route)) RefuseSources(route);
      if (route.action != Action::kBalance) Refuse(route);
    }
    AddPool(Pool::kCluster);
    AddPool(Pool::kLocal);
    AddExternalChain();
    AddFirewallChain();
    AddEndpointChains();
  }

 private:
  Rule Says(absl::string_view what) const { return Comment(absl::StrCat(port_.label, what)); }

  const std::string& ChainOf(Pool pool) const {
    return pool == Pool::kCluster ? names_.service : names_.local;
  }

  // Whether packets that this frontend does not translate would be taken for a node port's, should
  // its address be the node's own.
  bool IsNodePortToo(const Route& route) const {
    return IsExternal(route) && !route.frontend.node_port &&
           around_.node_ports.contains({route.frontend.protocol, route.frontend.port});
  }

  // Where a frontend's packets go.
  void Dispatch(const Route& route) {
    if (!Forwards(route)) {
      if (!IsRestricted(route) || !IsNodePortToo(route)) return;
    }
    const Rule dialled = Dialled(route.frontend);
    switch (route.kind) {
      case FrontendKind::kClusterIp:
        out_.services.push_back(Join(Says(" cluster IP"), dialled, JumpTo(ChainOf(route.pool))));
        return;
      case FrontendKind::kExternalIp:
        out_.services.push_back(Join(Says(" external IP"), dialled, JumpTo(names_.external)));
        return;
      case FrontendKind::kLoadBalancerIp:
        out_.services.push_back(
            Join(Says(" loadbalancer IP"), dialled,
                 JumpTo(IsRestricted(route) ? names_.firewall : names_.external)));
        return;
      case FrontendKind::kNodePort:
        out_.node_ports.push_back(Join(Says(""), dialled, JumpTo(names_.external)));
        return;
    }
  }

  // Who gets here was not translated. If the frontend forwards, that is who may not dial it, or is
  // to be dropped anyway. If not, all do: those who may go on to hear that there are no endpoints.
  void RefuseSources(const Route& route) {
    const Rule dialled = Dialled(route.frontend);
    if (!Forwards(route)) {
      for (const base::IpPrefix& source : route.allowed_sources) {
        out_.refused_sources.push_back(
            Join(Says(" loadbalancer IP"), From(source), dialled, JumpTo("RETURN")));
      }
    }
    out_.refused_sources.push_back(Join(
        Says(absl::StrCat(" traffic not accepted by ", names_.firewall)), dialled, JumpTo("DROP")));
  }

  void Refuse(const Route& route) {
    const bool reject = route.action == Action::kReject;
    const Rule says = Says(reject ? " has no endpoints" : " has no local endpoints");
    const Rule refuses = Join(Dialled(route.frontend), JumpTo(reject ? "REJECT" : "DROP"));
    if (route.frontend.node_port) {
      for (Rule& at_node : AtNode(around_.host, port_.family)) {
        out_.refused_node_ports.push_back(Join(says, std::move(at_node), refuses));
      }
      return;
    }
    auto& refused = IsExternal(route) ? out_.refused_externals : out_.refused_cluster_ips;
    refused.push_back(Join(says, refuses));
  }

  // KUBE-SVC- or KUBE-SVL-.
  void AddPool(Pool pool) {
    const bool is_used =
        std::any_of(port_.routes.begin(), port_.routes.end(), [pool](const Route& r) {
          return (r.action == Action::kBalance && r.pool == pool) ||
                 (r.short_cut && pool == Pool::kCluster);
        });
    if (!is_used) return;
    Chain& chain = out_.chains.emplace_back(Chain{.name = ChainOf(pool), .rules = {}});
    for (const Route& route : port_.routes) {
      if (route.kind != FrontendKind::kClusterIp || route.pool != pool) continue;
      if (route.action != Action::kBalance || route.masquerade == Masquerade::kNever) continue;
      chain.rules.push_back(Join(Says(" cluster IP"), Dialled(route.frontend),
                                 route.masquerade == Masquerade::kAlways
                                     ? JumpTo(kMarkMasq)
                                     : MarkOutsidePods(around_.host.pods, port_.family)));
    }
    const Slots& slots = port_.slots(pool);
    std::vector<uint32_t> counts(port_.targets.size(), 0);
    for (const uint16_t target : slots) ++counts[target];
    AddAffinity(counts, chain);
    if (port_.balancing == model::Balancing::kRoundRobin) {
      AddTurns(slots, chain);
    } else {
      AddDraws(counts, chain);
    }
    for (size_t i = 0; i < counts.size(); ++i) {
      if (counts[i] > 0) is_target_used_[i] = true;
    }
  }

  Rule SaysTo(const Target& target) const {
    if (!around_.comments_on_endpoints) return {};
    return Says(absl::StrCat(" -> ", base::HostPort(target.address, target.port)));
  }

  const std::string& NameOf(size_t target) {
    std::string& name = endpoint_names_[target];
    if (name.empty()) {
      name = EndpointChain(port_.label, port_.protocol, port_.targets[target].address,
                           port_.targets[target].port);
    }
    return name;
  }

  // Clients that an endpoint's chain remembers.
  void AddAffinity(const std::vector<uint32_t>& counts, Chain& chain) {
    if (!port_.client_ip_affinity.has_value()) return;
    for (size_t i = 0; i < counts.size(); ++i) {
      if (counts[i] == 0) continue;
      chain.rules.push_back(Join(SaysTo(port_.targets[i]),
                                 Rule{"-m", "recent", "--name", NameOf(i), "--rcheck", "--seconds",
                                      absl::StrCat(port_.client_ip_affinity->count()), "--reap"},
                                 JumpTo(NameOf(i))));
    }
  }

  // In proportion to the counts, one rule for each endpoint.
  void AddDraws(const std::vector<uint32_t>& counts, Chain& chain) {
    std::vector<uint32_t> drawn;
    std::copy_if(counts.begin(), counts.end(), std::back_inserter(drawn),
                 [](uint32_t count) { return count > 0; });
    const std::vector<std::string> probabilities = CascadeProbabilities(drawn);
    size_t rule = 0;
    for (size_t i = 0; i < counts.size(); ++i) {
      if (counts[i] == 0) continue;
      const Rule draw =
          rule < probabilities.size()
              ? Rule{"-m", "statistic", "--mode", "random", "--probability", probabilities[rule]}
              : Rule{};
      chain.rules.push_back(Join(SaysTo(port_.targets[i]), draw, JumpTo(NameOf(i))));
      ++rule;
    }
  }

  // In turn, one rule for each slot: each takes every n-th packet of those that the rules before it
  // leave, the first one first.
  void AddTurns(const Slots& slots, Chain& chain) {
    for (size_t slot = 0; slot < slots.size(); ++slot) {
      const size_t left = slots.size() - slot;
      const Rule turn = left > 1 ? Rule{"-m",      "statistic",        "--mode",   "nth",
                                        "--every", absl::StrCat(left), "--packet", "0"}
                                 : Rule{};
      chain.rules.push_back(
          Join(SaysTo(port_.targets[slots[slot]]), turn, JumpTo(NameOf(slots[slot]))));
    }
  }

  // KUBE-EXT-. All external routes of a port do the same.
  void AddExternalChain() {
    const auto is_one = [](const Route& r) { return IsExternal(r) && Forwards(r); };
    const auto route = std::find_if(port_.routes.begin(), port_.routes.end(), is_one);
    if (route == port_.routes.end()) return;
    Chain& chain = out_.chains.emplace_back(Chain{.name = names_.external, .rules = {}});
    const auto traffic = [this](absl::string_view what) {
      return Comment(absl::StrCat(what, " traffic for ", port_.label, " external destinations"));
    };
    if (route->masquerade == Masquerade::kAlways) {
      chain.rules.push_back(Join(traffic("masquerade"), JumpTo(kMarkMasq)));
    }
    if (route->short_cut) {
      const Rule from_host = {"-m", "addrtype", "--src-type", "LOCAL"};
      for (Rule& from_pods : FromPods(around_.host.pods, port_.family)) {
        chain.rules.push_back(Join(traffic("pod"), std::move(from_pods), JumpTo(names_.service)));
      }
      chain.rules.push_back(Join(traffic("masquerade LOCAL"), from_host, JumpTo(kMarkMasq)));
      chain.rules.push_back(Join(traffic("route LOCAL"), from_host, JumpTo(names_.service)));
    }
    if (route->action == Action::kBalance) {
      chain.rules.push_back(JumpTo(ChainOf(route->pool)));
    } else if (std::any_of(port_.routes.begin(), port_.routes.end(),
                           [this](const Route& r) { return IsNodePortToo(r); })) {
      chain.rules.push_back(Join(traffic("no node port for other"), JumpTo("ACCEPT")));
    }
  }

  // KUBE-FW-. All load balancer IPs of a port have the same sources.
  void AddFirewallChain() {
    const auto restricted = std::find_if(port_.routes.begin(), port_.routes.end(), IsRestricted);
    if (restricted == port_.routes.end()) return;
    const bool stops =
        std::any_of(port_.routes.begin(), port_.routes.end(),
                    [this](const Route& r) { return IsRestricted(r) && IsNodePortToo(r); });
    if (!Forwards(*restricted) && !stops) return;
    Chain& chain = out_.chains.emplace_back(Chain{.name = names_.firewall, .rules = {}});
    for (const base::IpPrefix& source : restricted->allowed_sources) {
      chain.rules.push_back(
          Join(Says(" loadbalancer IP"), From(source),
               JumpTo(Forwards(*restricted) ? absl::string_view(names_.external) : "RETURN")));
    }
    Rule others = Comment(
        absl::StrCat("other traffic to ", port_.label, " will be dropped by ", kProxyFirewall));
    chain.rules.push_back(stops ? Join(std::move(others), JumpTo("ACCEPT")) : std::move(others));
  }

  // KUBE-SEP-.
  void AddEndpointChains() {
    for (size_t i = 0; i < port_.targets.size(); ++i) {
      if (!is_target_used_[i]) continue;
      const Target& target = port_.targets[i];
      const std::string protocol(base::ProtocolName(port_.protocol));
      const Rule says = around_.comments_on_endpoints ? Says("") : Rule{};
      Chain& chain = out_.chains.emplace_back(Chain{.name = NameOf(i), .rules = {}});
      chain.rules.push_back(Join(says, Rule{"-s", target.address.ToString()}, JumpTo(kMarkMasq)));
      const Rule remember = port_.client_ip_affinity.has_value()
                                ? Rule{"-m", "recent", "--name", NameOf(i), "--set"}
                                : Rule{};
      chain.rules.push_back(
          Join(says, remember, Rule{"-m", protocol, "-p", protocol}, JumpTo("DNAT"),
               Rule{"--to-destination", base::HostPort(target.address, target.port)}));
    }
  }

  const PortRoutes& port_;
  const Surroundings& around_;
  Lowered& out_;
  const PortChains names_;
  std::vector<bool> is_target_used_ = std::vector<bool>(port_.targets.size());
  std::vector<std::string> endpoint_names_ = std::vector<std::string>(port_.targets.size());
};

}  // namespace

void LowerPort(const PortRoutes& port, const Surroundings& around, Lowered& out) {
  PortLowering(port, around, out).Run();
}

}  // namespace nftsvc::iptables
