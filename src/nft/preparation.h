// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "src/nft/inventory.h"
#include "src/nft/ruleset.h"
#include "src/nft/transaction.h"

namespace nftsvc::nft {

// Takes out of a transaction what no packet can notice: chains that nothing goes to yet, with their
// rules, and the affinity maps that these look at. To be committed first.
//
// For one commit is not quite one moment: a lookup sees the elements of the new generation as soon
// as it holds (net/netfilter/nft_set_hash.c: nft_hash_lookup), but a packet that came into the hook
// before goes on through the rules of the old one (net/netfilter/nf_tables_core.c: nft_do_chain),
// in which a chain made by the same commit is empty. Such a packet would leave the hook
// untranslated, and all of its connection with it.
//
// Nothing is taken out when tables or sets are made anew: rules may then refer to what is to come.
Transaction TakePreparation(Transaction& transaction);

// Takes out what such a packet may still look for: slots that no rule draws any more once the
// transaction is committed, and the chains and maps that nothing else needs. To be committed
// behind it. In one commit with it, a rule of the old generation could draw a slot that is gone.
//
// What goes stays a moment longer, so a set must have room for it: `after` tells the sizes,
// `counts` how many elements are to be in each set. Where there is none, or tables and sets are
// made anew, nothing is taken out.
Transaction TakeCleanup(Transaction& transaction, const Inventory& after, const SetCounts& counts);

}  // namespace nftsvc::nft
