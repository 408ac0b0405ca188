// SPDX-License-Identifier: Apache-2.0
//
// Exports Compile: the constant chains, and what services add to them.
#include "src/iptables/compile.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/container/btree_set.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "src/iptables/chain_names.h"
#include "src/iptables/jumps.h"
#include "src/iptables/lower_port.h"
#include "src/iptables/rule_parts.h"

namespace nftsvc::iptables {
namespace {

using base::Family;
using forwarding::ForwardingTable;
using forwarding::HostFacts;
using forwarding::PortRoutes;
using forwarding::Route;

// Above so many endpoints kube-proxy leaves their comments out.
constexpr size_t kMostCommentedEndpoints = 1000;

Rule InState(absl::string_view states) {
  return {"-m", "conntrack", "--ctstate", std::string(states)};
}

// What a service has translated is not for filter chains to refuse.
Rule SkipTranslated() { return Join(InState("DNAT"), JumpTo("RETURN")); }

Chain FilterChain(const char* name, std::vector<Rule> refused) {
  Chain chain{.name = name, .rules = {SkipTranslated()}};
  std::move(refused.begin(), refused.end(), std::back_inserter(chain.rules));
  return chain;
}

// Calls `visit` with each port of this family.
void ForEachPort(const ForwardingTable& table, Family family, auto&& visit) {
  for (const auto& [name, service] : table.services) {
    for (const PortRoutes& port : service->ports) {
      if (port.family == family) visit(*service, port);
    }
  }
}

class Compiler {
 public:
  Compiler(const ForwardingTable& table, Family family, const CompileOptions& options)
      : table_(table), host_(table.host), family_(family), options_(options) {
    mark_ = absl::StrFormat("0x%08x", options.mark_bits);
    ruleset_.family = family;
  }

  Ruleset Compile() && {
    LowerServices();
    extra_.localnet = host_.localhost_node_ports && family_ == Family::kIPv4;
    extra_.cluster_ips = host_.reject_unassigned_ports ||
                         std::any_of(host_.service_cidrs.begin(), host_.service_cidrs.end(),
                                     [this](const auto& c) { return c.family() == family_; });
    for (const TableId id : kTables) {
      ruleset_.table(id).jumps = JumpsInto(id, extra_);
    }
    AddFilterChains();
    AddNatChains();
    return std::move(ruleset_);
  }

 private:
  void LowerServices() {
    NodePorts node_ports;
    size_t targets = 0;
    ForEachPort(table_, family_, [&](const auto&, const PortRoutes& port) {
      targets += port.targets.size();
      for (const Route& route : port.routes) {
        const model::FrontendKey& frontend = route.frontend;
        if (frontend.node_port) node_ports.emplace(frontend.protocol, frontend.port);
      }
    });
    const Surroundings around{.host = host_,
                              .node_ports = node_ports,
                              .comments_on_endpoints = targets <= kMostCommentedEndpoints};
    ForEachPort(table_, family_, [&](const auto& service, const PortRoutes& port) {
      LowerPort(port, around, lowered_);
      if (service.health_check_port != 0) AddHealthCheck(service.health_check_port, port);
    });
  }

  // As kube-proxy does it, once for each port of the service.
  void AddHealthCheck(uint16_t number, const PortRoutes& port) {
    health_checks_.push_back(Join(Comment(port.label + " health check node port"),
                                  Rule{"-m", "tcp", "-p", "tcp", "--dport", absl::StrCat(number)},
                                  JumpTo("ACCEPT")));
  }

  Table& filter() { return ruleset_.table(TableId::kFilter); }
  Table& nat() { return ruleset_.table(TableId::kNat); }

  void AddFilterChains() {
    auto& chains = filter().chains;
    chains.push_back(FilterChain(kServices, std::move(lowered_.refused_cluster_ips)));
    // An address is more than a node port.
    std::vector<Rule> externals = std::move(lowered_.refused_externals);
    std::move(lowered_.refused_node_ports.begin(), lowered_.refused_node_ports.end(),
              std::back_inserter(externals));
    chains.push_back(FilterChain(kExternalServices, std::move(externals)));
    Chain forward{.name = kForward, .rules = {}};
    if (!host_.conntrack_is_liberal) {
      forward.rules.push_back(Join(InState("INVALID"), JumpTo("DROP")));
    }
    forward.rules.push_back(Join(Comment("kubernetes forwarding rules"),
                                 Rule{"-m", "mark", "--mark", mark_ + "/" + mark_},
                                 JumpTo("ACCEPT")));
    forward.rules.push_back(Join(Comment("kubernetes forwarding conntrack rule"),
                                 InState("RELATED,ESTABLISHED"), JumpTo("ACCEPT")));
    chains.push_back(std::move(forward));
    chains.push_back({.name = kNodePorts, .rules = std::move(health_checks_)});
    chains.push_back(FilterChain(kProxyFirewall, std::move(lowered_.refused_sources)));
    if (extra_.localnet) chains.push_back({.name = kLocalnet, .rules = {KeepOthersFromLoopback()}});
    if (extra_.cluster_ips) chains.push_back(FilterChain(kClusterIps, UnassignedRules()));
  }

  // What the kernel drops by itself as long as it does not route loopback.
  static Rule KeepOthersFromLoopback() {
    return Join(
        Comment("block incoming localnet connections"),
        Rule{"-d", forwarding::LoopbackNetwork().ToString(), "-m", "addrtype", "!", "--src-type",
             "LOCAL", "-m", "conntrack", "!", "--ctstate", "RELATED,ESTABLISHED,DNAT"},
        JumpTo("DROP"));
  }

  // What is dialled at a cluster IP or in a service CIDR and is no service's.
  std::vector<Rule> UnassignedRules() const {
    std::vector<Rule> rules;
    rules.push_back({"-m", "addrtype", "--dst-type", "LOCAL", "-j", "RETURN"});
    absl::btree_set<base::IpAddress> seen;
    ForEachPort(
        table_, family_, [&](const forwarding::ServiceRoutes& service, const PortRoutes& port) {
          for (const Route& route : port.routes) {
            if (!host_.reject_unassigned_ports) continue;
            if (route.kind != forwarding::FrontendKind::kClusterIp) continue;
            if (!seen.insert(route.frontend.address).second) continue;
            rules.push_back(Join(Comment(service.name.ToString() + " has no such port"),
                                 Rule{"-d", route.frontend.address.ToString()}, JumpTo("REJECT")));
          }
        });
    for (const base::IpPrefix& cidr : host_.service_cidrs) {
      if (cidr.family() != family_) continue;
      rules.push_back(
          Join(Comment("belongs to no service"), Rule{"-d", cidr.ToString()}, JumpTo("DROP")));
    }
    return rules;
  }

  void AddNatChains() {
    auto& chains = nat().chains;
    Chain services{.name = kServices, .rules = std::move(lowered_.services)};
    for (Rule& at_node : AtNode(host_, family_)) {
      services.rules.push_back(Join(Comment("kubernetes service nodeports; NOTE: this must be the "
                                            "last rule in this chain"),
                                    std::move(at_node), JumpTo(kNodePorts)));
    }
    chains.push_back(std::move(services));
    chains.push_back({.name = kNodePorts, .rules = std::move(lowered_.node_ports)});
    Rule masquerade =
        Join(Comment("kubernetes service traffic requiring SNAT"), JumpTo("MASQUERADE"));
    if (options_.fully_random) masquerade.emplace_back("--random-fully");
    chains.push_back({.name = kPostrouting,
                      .rules = {{"-m", "mark", "!", "--mark", mark_ + "/" + mark_, "-j", "RETURN"},
                                {"-j", "MARK", "--xor-mark", mark_},
                                std::move(masquerade)}});
    chains.push_back({.name = kMarkMasq, .rules = {{"-j", "MARK", "--or-mark", mark_}}});
    std::vector<Rule> pods = FromPods(host_.pods, family_);
    if (pods.size() > 1) {
      Chain outside{.name = kMarkOutsidePods, .rules = {}};
      for (Rule& from : pods) outside.rules.push_back(Join(std::move(from), JumpTo("RETURN")));
      outside.rules.push_back(JumpTo(kMarkMasq));
      chains.push_back(std::move(outside));
    }
    std::move(lowered_.chains.begin(), lowered_.chains.end(), std::back_inserter(chains));
  }

  const ForwardingTable& table_;
  const HostFacts& host_;
  const Family family_;
  const CompileOptions& options_;
  std::string mark_;
  ExtraChains extra_;
  Lowered lowered_;
  std::vector<Rule> health_checks_;
  Ruleset ruleset_;
};

}  // namespace

Ruleset Compile(const ForwardingTable& table, Family family, const CompileOptions& options) {
  return Compiler(table, family, options).Compile();
}

}  // namespace nftsvc::iptables
