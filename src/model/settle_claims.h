// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "src/model/issue_collector.h"
#include "src/model/proposals.h"
#include "src/model/snapshot.h"

namespace nftsvc::model {

// Finds the frontends that two services claim. Of the two, the one keeps a frontend that has it in
// the current snapshot, or else the one that was proposed first; the other one gets the issue,
// which names both.
//
// A refused service stays as it is, and so keeps frontends that others may have been given: then
// those are refused too, even if that in turn would have made room for a service that was refused
// before. Nothing is ever given to two.
//
// Costs grow with the frontends of the services that the push changes.
void SettleClaims(const Snapshot& current, const PushRules& rules, Proposals& proposals,
                  IssueCollector& issues);

}  // namespace nftsvc::model
