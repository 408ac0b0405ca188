// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "src/netlink/socket.h"
#include "src/nft/element.h"
#include "src/reconcile/ruleset_store.h"

// Reading the kernel's ruleset.
namespace nftsvc::netlink {

absl::StatusOr<reconcile::Generation> ReadGeneration(Socket& socket);

// Our tables at one generation, with the elements of these sets. Starts again when somebody commits
// meanwhile, but only so often: then they are not whole, or kAborted tells that they could not be
// listed at all.
//
// A set is asked for the elements that are expected, which takes some 3 us each; a dump takes a
// time that grows with the square (see ReadElements), 10 s for 500,000. It follows where there are
// others besides, and is what is left before Linux 6.16, which tells no numbers of elements.
absl::StatusOr<reconcile::RulesetStore::Observation> ReadTables(
    Socket& socket, const std::vector<nft::Element>& expected, const nft::SetChoice& sets);

// What tells changes of them apart at little cost. Numbers of elements: Linux 6.16.
absl::StatusOr<reconcile::RulesetStore::Outline> ReadOutline(Socket& socket);

}  // namespace nftsvc::netlink
