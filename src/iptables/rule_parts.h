// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "absl/strings/string_view.h"
#include "src/base/family.h"
#include "src/base/protocol.h"
#include "src/forwarding/host_facts.h"
#include "src/iptables/ruleset.h"
#include "src/model/snapshot.h"

// Pieces of which rules are put together, each a few arguments, in the order in which kube-proxy
// writes them.
namespace nftsvc::iptables {

template <typename... Rules>
Rule Join(Rule rule, Rules... more) {
  (rule.insert(rule.end(), std::make_move_iterator(more.begin()),
               std::make_move_iterator(more.end())),
   ...);
  return rule;
}

// Cut where xt_comment would refuse it.
Rule Comment(absl::string_view text);

Rule JumpTo(absl::string_view target);  // a chain, or what iptables itself does: DROP, RETURN

// Matches what is dialled: an address and port, or a node port, of which only the port counts.
Rule Dialled(const model::FrontendKey& frontend);

Rule From(const base::IpPrefix& source);

// Each matches packets to some of the addresses at which node ports are dialled; together all. At
// 127.0.0.1 those of this host only.
std::vector<Rule> AtNode(const forwarding::HostFacts& host, base::Family family);

// Each matches some of the packets from pods; together all. None if pods of this family cannot be
// told.
std::vector<Rule> FromPods(const forwarding::PodDetector& pods, base::Family family);

// Jumps to a chain that marks packets to be masqueraded unless they come from a pod. One rule can
// rule out one CIDR only; for more, the chain KUBE-MARK-OUTSIDE-PODS decides. Requires:
// pods.Detects(family).
Rule MarkOutsidePods(const forwarding::PodDetector& pods, base::Family family);

}  // namespace nftsvc::iptables
