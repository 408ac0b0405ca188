// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "src/netlink/batch.h"
#include "src/nft/transaction.h"

namespace nftsvc::netlink {

// A transaction in the kernel's form, finished but for its sequence numbers and for the counters
// that must be read first.
struct EncodedTransaction {
  // A new element whose counter starts with what another one has counted.
  struct Carried {
    size_t operation;  // an AddElement with counters_of
    size_t offset;     // of the value in the batch, see SetCounter
  };

  Batch batch;
  std::vector<Carried> carried;
};

// Neighbouring operations on elements of one set share messages. `generation`: see Batch.
EncodedTransaction Encode(const nft::Transaction& transaction, uint32_t generation);

}  // namespace nftsvc::netlink
