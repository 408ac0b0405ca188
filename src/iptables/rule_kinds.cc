// SPDX-License-Identifier: Apache-2.0
#include "src/iptables/rule_kinds.h"

#include <algorithm>
#include <array>

#include "absl/strings/match.h"

namespace nftsvc::iptables {

bool IsStaticChain(absl::string_view chain) {
  constexpr std::array<absl::string_view, 7> kStatic = {
      "KUBE-POSTROUTING",    "KUBE-FIREWALL",    "KUBE-FORWARD",  "KUBE-PROXY-CANARY",
      "KUBE-KUBELET-CANARY", "KUBE-CLUSTER-IPS", "KUBE-LOCALNET",
  };
  return absl::StartsWith(chain, "KUBE-MARK-") ||
         std::find(kStatic.begin(), kStatic.end(), chain) != kStatic.end();
}

bool IsOfIpvs(absl::string_view chain) {
  return chain == "KUBE-LOAD-BALANCER" || chain == "KUBE-NODE-PORT" ||
         chain == "KUBE-SOURCE-RANGES-FIREWALL" || absl::StartsWith(chain, "KUBE-IPVS-");
}

// kube-proxy before 1.2 marked without a chain for it.
bool IsMark(absl::string_view target) { return target == "KUBE-MARK-MASQ" || target == "MARK"; }

bool NamesPort(const SavedRule& rule) {
  return rule.strange.empty() && rule.protocol.has_value() && rule.port != 0 &&
         !rule.source.has_value() && !rule.from_local && rule.in_interface.empty();
}

bool NamesFrontend(const SavedRule& rule) {
  return NamesPort(rule) && rule.destination.has_value() && !rule.not_destination &&
         rule.destination->is_single_address();
}

bool PassesTranslated(const SavedRule& rule) {
  return rule.target == "RETURN" && !rule.destination.has_value() && !rule.source.has_value();
}

}  // namespace nftsvc::iptables
