// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "absl/strings/string_view.h"
#include "src/kubernetes/fields.h"
#include "src/kubernetes/notes.h"
#include "src/kubernetes/read_service.h"

namespace nftsvc::kubernetes {

struct ClusterIp {
  absl::string_view text;  // "None" if the Service is headless
  model::Path path;
};

// The texts of clusterIPs; where there are none, that of clusterIP. `spec` must outlive them.
std::vector<ClusterIp> ReadClusterIps(const Fields& spec);

// Fills the families, the lists of addresses and the source ranges of a Service.
//
// An address that stands in several lists stays in the one that kube-proxy looks at first: cluster
// IPs, then those of load balancers, where source ranges hold, then external IPs.
//
// Requires: the namespace and name of `result` are set.
void ReadAddresses(const std::vector<ClusterIp>& cluster_ips, const Fields& spec,
                   const Fields& status, ServiceObject& result, Notes& notes,
                   model::IssueCollector& issues);

}  // namespace nftsvc::kubernetes
