// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

#include "absl/status/statusor.h"
#include "src/control/push_log.h"
#include "src/reconcile/enforcer.h"
#include "src/web/facts.h"

namespace nftsvc::daemon {

// What the reconciler says of itself, without its services one by one.
void TellHealth(const reconcile::Enforcer& reconciler, web::Facts& facts);

void TellPushes(const control::PushLog& pushes, web::Facts& facts);

// Reads the counters of as many services as have `max_series` time series together and not many
// more elements in the kernel, in the order of their names; one that is too big by itself is passed
// over.
absl::Status TellServices(reconcile::Enforcer& reconciler, size_t max_series, web::Facts& facts);

}  // namespace nftsvc::daemon
