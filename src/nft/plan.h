// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "src/nft/inventory.h"
#include "src/nft/ruleset.h"
#include "src/nft/transaction.h"

namespace nftsvc::nft {

// The transaction that turns `from` into `to`.
//
// Elements that neither side lists are left alone; so a change of a few services is planned from
// their elements only, with the skeletons whole. The exception is a set that must be made anew:
// then both sides must list all its elements (see HasOutgrownSets).
//
// Order: every prefix keeps references valid. Nothing is sent when nothing differs. A changed
// element is deleted and added (adding over it is EEXIST), and its counter is carried over: a
// frontend's when its way to pick changes, an endpoint's when it moves to another slot. A set that
// has become too small or far too large is made anew in the same transaction, for which all rules
// are taken out and put back. Objects in our tables that are not ours are removed.
Transaction Plan(const Inventory& from, Ruleset to);

// Whether Plan must make a set anew that holds so many elements, for want of one that fits.
bool HasOutgrownSets(const Inventory& from, const SetCounts& counts);

}  // namespace nftsvc::nft
