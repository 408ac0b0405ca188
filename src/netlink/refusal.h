// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "absl/status/status.h"
#include "src/netlink/batch.h"
#include "src/netlink/message.h"
#include "src/nft/transaction.h"

namespace nftsvc::netlink {

// Why the kernel refused a batch, by the first of its complaints: which operation of the
// transaction it is about, and what the kernel lacks if that is the cause.
//
//   commit: delete element ip nftsvc services { 10.0.0.1 . tcp . 80 }: no such file or directory
//
// Requires: `complaints` has one at least, all of them about messages of `batch`, in the order in
// which the kernel told them.
absl::Status Refusal(const nft::Transaction& transaction, const Batch& batch,
                     const std::vector<Outcome>& complaints);

}  // namespace nftsvc::netlink
