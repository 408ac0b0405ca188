// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "src/base/family.h"
#include "src/forwarding/host_facts.h"
#include "src/nft/statement.h"

namespace nftsvc::nft {

// The beginnings of rules of which exactly one matches a packet from a pod, if any does. None if
// pods of this family cannot be told.
std::vector<Rule> MatchPods(const forwarding::PodDetector& pods, base::Family family);

// The beginning of a rule that matches packets not from a pod. Requires: pods.Detects(family).
Rule MatchOutsidePods(const forwarding::PodDetector& pods, base::Family family);

// The rule with one more statement.
Rule Then(Rule rule, Statement statement);

}  // namespace nftsvc::nft
