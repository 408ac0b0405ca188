// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "absl/strings/string_view.h"
#include "src/model/draft.h"
#include "src/model/issue.h"
#include "src/model/issue_collector.h"
#include "src/model/limits.h"
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

// A draft as far as it can be judged by itself.
struct BuiltService {
  std::shared_ptr<Service> service;  // without a name if that cannot be read, and without a source
  Issues issues;                     // those of the draft, too
  size_t issue_count = 0;            // of which so many were asked for
};

// `path` names the service in issues, of which it takes `most_issues`.
BuiltService BuildDraft(const ServiceDraft& draft, absl::string_view path,
                        PlacementPool& placements, size_t most_issues = kMaxIssues);

}  // namespace nftsvc::model
