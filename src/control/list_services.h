// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "nftsvc/v1/control.pb.h"
#include "src/forwarding/routes.h"
#include "src/model/service.h"
#include "src/model/snapshot.h"
#include "src/reconcile/enforcer.h"

namespace nftsvc::control {

// Finds a service by its printed name, "namespace/name". Null if there is none.
model::ServicePtr FindService(const model::Snapshot& snapshot, absl::string_view name);

// "no service default/wbe; did you mean default/web?"
std::string DescribeMissing(const model::Snapshot& snapshot, absl::string_view name);

// A service with what has been counted on it. Endpoints come in the client's order, also those that
// take no connections.
v1::ServiceSummary Summarize(const model::Service& service, const forwarding::ServiceRoutes& routes,
                             const reconcile::Connections& connections);

}  // namespace nftsvc::control
