// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "src/nft/element.h"
#include "src/nft/inventory.h"
#include "src/nft/transaction.h"

namespace nftsvc::nft {

// What an added element's counter begins with: see AddElement.
struct Inheritance {
  std::shared_ptr<const std::vector<ElementKey>> counters_of;
  Counter counter;
};

// Hands counters of deleted elements to added ones that go on counting the same thing. Deleting and
// adding an element starts its counter at zero; people want counts that survive pushes.
//
// The same thing is: for a frontend, its key, whatever its verdict; for an endpoint, the frontend
// and the endpoint, whatever the slot and whether it has a chain. An endpoint may have several
// slots; what they counted is one sum.
class CounterHeirs {
 public:
  // Whether the counters in inventories are as observed. If not, the kernel edge is told which
  // elements' to read just before the commit.
  explicit CounterHeirs(bool counters_known) : counters_known_(counters_known) {}

  // Nothing for an element without a counter.
  void Leave(const ElementInventory& gone);

  // Whether something was left that this element counts too, and has not been given yet.
  bool IsDue(const Element& element) const;

  // What the added element begins with. The first that asks gets all that was left.
  Inheritance Inherit(const Element& element);

 private:
  using Identity = std::pair<ElementKey, Bytes>;

  struct Estate {
    std::vector<ElementKey> elements;
    Counter sum;
  };

  static Identity IdentityOf(const Element& element);

  bool counters_known_;
  absl::flat_hash_map<Identity, Estate> left_;
};

}  // namespace nftsvc::nft
