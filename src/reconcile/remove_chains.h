// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "absl/status/status.h"
#include "src/reconcile/chain_store.h"

namespace nftsvc::reconcile {

// Removes our chains, and the jumps to them, of both families. Chains that rules of others jump to
// are emptied and stay.
absl::Status RemoveChains(ChainStore& chains);

}  // namespace nftsvc::reconcile
