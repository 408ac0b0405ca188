// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "src/netlink/socket.h"
#include "src/reconcile/ruleset_store.h"

namespace nftsvc::netlink {

// See RulesetStore::ReadClients.
absl::StatusOr<std::vector<reconcile::RulesetStore::Client>> ReadAffinityMap(
    Socket& socket, base::Family family, const std::string& map);

}  // namespace nftsvc::netlink
