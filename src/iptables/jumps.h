// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "src/iptables/ruleset.h"

namespace nftsvc::iptables {

// Chains that not every ruleset has.
struct ExtraChains {
  bool cluster_ips = false;
  bool localnet = false;
};

// How packets get from the hooks into our chains, in the order of a hook. kube-proxy has them all
// but INPUT to KUBE-SERVICES, OUTPUT to KUBE-EXTERNAL-SERVICES, and those to extra chains.
std::vector<BuiltInRule> JumpsInto(TableId table, const ExtraChains& extra);

}  // namespace nftsvc::iptables
