// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "src/iptables/ruleset.h"

namespace nftsvc::iptables {

// How packets get from the hooks into our chains, in the order of a hook. kube-proxy has them all
// but INPUT to KUBE-SERVICES, OUTPUT to KUBE-EXTERNAL-SERVICES, and those to KUBE-CLUSTER-IPS.
std::vector<BuiltInRule> JumpsInto(TableId table, bool has_cluster_ips_chain);

}  // namespace nftsvc::iptables
