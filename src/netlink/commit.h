// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "absl/status/status.h"
#include "src/netlink/batch.h"
#include "src/netlink/socket.h"
#include "src/nft/transaction.h"

namespace nftsvc::netlink {

// Sends a finished batch and hears the kernel out about it. The codes are those of
// reconcile::RulesetStore; failures read "commit: …" and name the operation of `transaction` that
// they are about.
absl::Status SendBatch(Socket& socket, const nft::Transaction& transaction, Batch& batch);

}  // namespace nftsvc::netlink
