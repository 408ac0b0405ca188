// SPDX-License-Identifier: Apache-2.0
#include "src/nft/match_pods.h"

namespace nftsvc::nft {
namespace {

// One statement for each sign by which a packet may be known to come from a pod.
Rule Signs(const forwarding::PodDetector& pods, base::Family family, bool negate) {
  if (!pods.interface.empty()) return {MatchInterface{.negate = negate, .name = pods.interface}};
  if (!pods.interface_prefix.empty()) {
    return {MatchInterface{.negate = negate, .name = pods.interface_prefix, .is_prefix = true}};
  }
  Rule signs;
  for (const base::IpPrefix& cidr : pods.cidrs) {
    if (cidr.family() != family) continue;
    signs.push_back(MatchAddress{.field = Field::kSaddr, .negate = negate, .prefix = cidr});
  }
  return signs;
}

}  // namespace

std::vector<Rule> MatchPods(const forwarding::PodDetector& pods, base::Family family) {
  std::vector<Rule> rules;
  for (Statement& sign : Signs(pods, family, /*negate=*/false)) rules.push_back({std::move(sign)});
  return rules;
}

Rule MatchOutsidePods(const forwarding::PodDetector& pods, base::Family family) {
  return Signs(pods, family, /*negate=*/true);
}

Rule Then(Rule rule, Statement statement) {
  rule.push_back(std::move(statement));
  return rule;
}

}  // namespace nftsvc::nft
