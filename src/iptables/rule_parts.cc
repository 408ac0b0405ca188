// SPDX-License-Identifier: Apache-2.0
#include "src/iptables/rule_parts.h"

#include "absl/strings/str_cat.h"
#include "src/iptables/chain_names.h"

namespace nftsvc::iptables {
namespace {

// XT_MAX_COMMENT_LEN in <linux/netfilter/xt_comment.h>, less the NUL.
constexpr size_t kMaxComment = 255;

// IFNAMSIZ in <linux/if.h>, less the NUL: a longer name is refused, even if only by its wildcard.
constexpr size_t kMaxInterface = 15;

}  // namespace

Rule Comment(absl::string_view text) {
  return {"-m", "comment", "--comment", std::string(text.substr(0, kMaxComment))};
}

Rule JumpTo(absl::string_view target) { return {"-j", std::string(target)}; }

Rule Dialled(const model::FrontendKey& frontend) {
  const std::string protocol(base::ProtocolName(frontend.protocol));
  const std::string port = absl::StrCat(frontend.port);
  if (frontend.node_port) return {"-m", protocol, "-p", protocol, "--dport", port};
  return {"-m", protocol, "-p", protocol, "-d", frontend.address.ToString(), "--dport", port};
}

Rule From(const base::IpPrefix& source) { return {"-s", source.ToString()}; }

std::vector<Rule> AtNode(const forwarding::HostFacts& host, base::Family family) {
  const bool is_v4 = family == base::Family::kIPv4;
  std::vector<Rule> rules;
  if (host.node_ports_on_all_addresses) {
    rules.push_back({"-m", "addrtype", "--dst-type", "LOCAL", "!", "-d",
                     is_v4 ? forwarding::LoopbackNetwork().ToString() : "::1/128"});
  } else {
    for (const base::IpAddress& address : host.node_port_addresses) {
      if (address.family() != family || address.is_loopback()) continue;
      rules.push_back({"-d", address.ToString()});
    }
  }
  if (host.localhost_node_ports && is_v4) {
    rules.push_back(
        {"-m", "addrtype", "--src-type", "LOCAL", "-d", forwarding::Localhost().ToString()});
  }
  return rules;
}

std::vector<Rule> FromPods(const forwarding::PodDetector& pods, base::Family family) {
  if (!pods.interface.empty()) return {{"-i", pods.interface}};
  if (!pods.interface_prefix.empty()) {
    const bool is_whole_name = pods.interface_prefix.size() >= kMaxInterface;
    return {{"-i", absl::StrCat(pods.interface_prefix, is_whole_name ? "" : "+")}};
  }
  std::vector<Rule> rules;
  for (const base::IpPrefix& cidr : pods.cidrs) {
    if (cidr.family() == family) rules.push_back(From(cidr));
  }
  return rules;
}

Rule MarkOutsidePods(const forwarding::PodDetector& pods, base::Family family) {
  std::vector<Rule> signs = FromPods(pods, family);
  if (signs.size() > 1) return JumpTo(kMarkOutsidePods);
  return Join({"!"}, std::move(signs.front()), JumpTo(kMarkMasq));
}

}  // namespace nftsvc::iptables
