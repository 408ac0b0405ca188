// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "absl/status/statusor.h"
#include "src/config/host_facts.h"

namespace nftsvc::host {

// Reads the interfaces (getifaddrs(3)) and asks the routing table; sends nothing.
absl::StatusOr<config::HostAddresses> ReadHostAddresses();

}  // namespace nftsvc::host
