// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "src/nft/element.h"
#include "src/nft/inventory.h"
#include "src/nft/transaction.h"

namespace nftsvc::nft {

// Hands counters of deleted elements to added ones that go on counting the same thing. Deleting and
// adding an element starts its counter at zero; people want counts that survive pushes.
//
// The same thing is: for a frontend, its key, whatever its verdict; for an endpoint, the frontend
// and the endpoint, whatever the slot.
class CounterHeirs {
 public:
  // Whether the counters in inventories are as observed. If not, the kernel edge is told which
  // element's to read just before the commit.
  explicit CounterHeirs(bool counters_known) : counters_known_(counters_known) {}

  // Requires: before any Adding. Nothing for an element without a counter.
  void Leave(const ElementInventory& gone);

  // Each counter is given once.
  AddElement Adding(Element element);

 private:
  using Identity = std::pair<ElementKey, Bytes>;

  static Identity IdentityOf(const Element& element);

  bool counters_known_;
  absl::flat_hash_map<Identity, std::vector<std::pair<ElementKey, Counter>>> left_;
};

}  // namespace nftsvc::nft
