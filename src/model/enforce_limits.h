// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "src/model/issue_collector.h"
#include "src/model/proposals.h"
#include "src/model/snapshot.h"

namespace nftsvc::model {

// Bounds what all services together may hold: kMaxServices, kMaxFrontends, kMaxEndpointElements. In
// the client's order, each service that does not fit gets an issue. False if one does not.
//
// Where proposals can be refused, there is room for either state of a service, whichever it will
// be.
bool EnforceLimits(const Snapshot& current, const PushRules& rules, Proposals& proposals,
                   IssueCollector& issues);

}  // namespace nftsvc::model
