// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "absl/status/status.h"
#include "src/reconcile/ruleset_store.h"

namespace nftsvc::reconcile {

// Removes our tables from the kernel, both in one transaction. OK if there are none.
// kFailedPrecondition: a table of our name is somebody else's; then neither is removed.
absl::Status RemoveTables(RulesetStore& kernel);

}  // namespace nftsvc::reconcile
