// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "src/model/draft.h"
#include "src/model/issue_collector.h"
#include "src/model/path.h"
#include "src/model/placement_pool.h"
#include "src/model/service.h"

namespace nftsvc::model {

// Reads a draft into a service in canonical form: addresses, source ranges and hints sorted and
// each once, ports by name, endpoints bytewise by their "address:port".
//
// Every rule that one service can break by itself is checked here; what breaks one becomes an issue
// and is left out of the service. The name is left to BuildName.
Service BuildService(const ServiceDraft& draft, const Path& path, PlacementPool& placements,
                     IssueCollector& issues);

// Checks a name and gives it back, or an empty one.
ServiceName BuildName(const ServiceDraft& draft, const Path& path, IssueCollector& issues);

}  // namespace nftsvc::model
