// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <vector>

#include "src/model/draft.h"
#include "src/model/issue_collector.h"
#include "src/model/path.h"
#include "src/model/placement_pool.h"
#include "src/model/service.h"

namespace nftsvc::model {

// Whether endpoints of a family can get any traffic, by base::Family.
using FamilySet = std::array<bool, 2>;

// The endpoints of a port, bytewise by "address:port". Of several with one address and port the
// best stays, as in kube-proxy: one that is not terminating; then one that is ready, then one that
// is serving. Only their weights must agree, or nobody knows how much traffic is meant.
std::vector<Endpoint> BuildEndpoints(const std::vector<EndpointDraft>& drafts, const Path& path,
                                     const FamilySet& reachable, PlacementPool& placements,
                                     IssueCollector& issues);

}  // namespace nftsvc::model
