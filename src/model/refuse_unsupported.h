// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "src/model/draft.h"
#include "src/model/issue_collector.h"
#include "src/model/path.h"

namespace nftsvc::model {

// Refuses what the model can say and the daemon does not forward yet, so that nobody believes it.
void RefuseUnsupported(const ServiceDraft& draft, const Path& path, IssueCollector& issues);

}  // namespace nftsvc::model
