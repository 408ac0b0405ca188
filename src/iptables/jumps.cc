// SPDX-License-Identifier: Apache-2.0
#include "src/iptables/jumps.h"

#include "src/iptables/chain_names.h"
#include "src/iptables/rule_parts.h"

namespace nftsvc::iptables {
namespace {

constexpr char kPortals[] = "kubernetes service portals";

BuiltInRule Always(const char* hook, const char* comment, const char* chain) {
  return {hook, Join(Comment(comment), JumpTo(chain))};
}

BuiltInRule OfNew(const char* hook, const char* comment, const char* chain) {
  return {hook, Join(Rule{"-m", "conntrack", "--ctstate", "NEW"}, Comment(comment), JumpTo(chain))};
}

std::vector<BuiltInRule> IntoFilter(const ExtraChains& extra) {
  constexpr char kLocalnetOnly[] = "loopback is for this host";
  constexpr char kFirewall[] = "kubernetes load balancer firewall";
  constexpr char kExternal[] = "kubernetes externally-visible service portals";
  std::vector<BuiltInRule> jumps;
  for (const char* hook : {"INPUT", "FORWARD", "OUTPUT"}) {
    const absl::string_view name = hook;
    // Also what nobody tracks: it has no state.
    if (extra.localnet && name == "INPUT") jumps.push_back(Always(hook, kLocalnetOnly, kLocalnet));
    jumps.push_back(OfNew(hook, kFirewall, kProxyFirewall));
    if (name == "INPUT") {
      jumps.push_back(Always(hook, "kubernetes health check service ports", kNodePorts));
    }
    if (name == "FORWARD") jumps.push_back(Always(hook, "kubernetes forwarding rules", kForward));
    jumps.push_back(OfNew(hook, kPortals, kServices));
    jumps.push_back(OfNew(hook, kExternal, kExternalServices));
    if (extra.cluster_ips && name != "INPUT") {
      jumps.push_back(OfNew(hook, "kubernetes cluster IPs without a service", kClusterIps));
    }
  }
  return jumps;
}

}  // namespace

std::vector<BuiltInRule> JumpsInto(TableId table, const ExtraChains& extra) {
  if (table == TableId::kFilter) return IntoFilter(extra);
  return {Always("PREROUTING", kPortals, kServices), Always("OUTPUT", kPortals, kServices),
          Always("POSTROUTING", "kubernetes postrouting rules", kPostrouting)};
}

}  // namespace nftsvc::iptables
