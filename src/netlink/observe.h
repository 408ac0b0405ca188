// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "absl/status/statusor.h"
#include "src/netlink/socket.h"
#include "src/reconcile/ruleset_store.h"

// Reading the kernel's ruleset.
namespace nftsvc::netlink {

absl::StatusOr<reconcile::Generation> ReadGeneration(Socket& socket);

// Our tables at one generation. Starts again when somebody commits meanwhile, but only so often:
// then fails with kAborted.
absl::StatusOr<reconcile::RulesetStore::Observation> ReadTables(Socket& socket);

}  // namespace nftsvc::netlink
