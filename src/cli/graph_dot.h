// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "nftsvc/v1/control.pb.h"
#include "nftsvc/v1/snapshot.pb.h"

namespace nftsvc::cli {

// A service as a graph in Graphviz's language: its frontends, its ports with their policies, and
// the endpoints with the connections that they got; those that take none are dashed.
//
// Requires: both are of the same service.
std::string PrintDot(const v1::Service& service, const v1::ServiceSummary& summary);

}  // namespace nftsvc::cli
