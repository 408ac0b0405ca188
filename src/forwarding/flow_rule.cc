// SPDX-License-Identifier: Apache-2.0
#include "src/forwarding/flow_rule.h"

namespace nftsvc::forwarding {

FlowRuleIndex::FlowRuleIndex(std::span<const FlowRule> rules) {
  entries_.reserve(rules.size());  // pointers into it are kept
  for (const FlowRule& rule : rules) {
    const Entry& entry = entries_.emplace_back(
        Entry{.stale = rule.stale, .endpoints = {rule.endpoints.begin(), rule.endpoints.end()}});
    for (const SlotAddress& frontend : rule.frontends) {
      by_frontend_.emplace(std::pair(rule.protocol, frontend), &entry);
    }
  }
}

bool FlowRuleIndex::IsStale(const Flow& flow) const {
  if (flow.protocol != base::Protocol::kUdp && !flow.half_open) return false;
  const auto found = by_frontend_.find(std::pair(flow.protocol, flow.dialled));
  if (found == by_frontend_.end()) return false;
  const Entry& entry = *found->second;
  return entry.endpoints.contains(flow.reached) == (entry.stale == FlowRule::Stale::kAtThese);
}

}  // namespace nftsvc::forwarding
