// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "absl/status/statusor.h"
#include "src/netlink/socket.h"
#include "src/reconcile/ruleset_store.h"

// Reading the kernel's ruleset.
namespace nftsvc::netlink {

absl::StatusOr<reconcile::Generation> ReadGeneration(Socket& socket);

// Our tables at one generation. Starts again when somebody commits meanwhile, but only so often:
// then they are not whole, or kAborted tells that they could not be listed at all.
absl::StatusOr<reconcile::RulesetStore::Observation> ReadTables(Socket& socket);

// What tells changes of them apart at little cost. Numbers of elements: Linux 6.16.
absl::StatusOr<reconcile::RulesetStore::Outline> ReadOutline(Socket& socket);

}  // namespace nftsvc::netlink
