// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "src/netlink/attributes.h"
#include "src/nft/inventory.h"

struct nlmsghdr;

namespace nftsvc::netlink {

// Puts an inventory together from the messages in which the kernel lists its objects. Takes them in
// this order: tables, chains, rules, sets, elements, others. Messages about other tables are left
// out; so is what a message says beyond what an inventory holds, as newer kernels tell more.
class InventoryDecoder {
 public:
  void Add(const nlmsghdr& message);

  bool HasTable(base::Family family) const {
    return inventory_.tables[static_cast<size_t>(family)].has_value();
  }

  // The sets so far whose elements are worth listing. Requires: HasTable.
  std::vector<nft::SetId> DeclaredSets(base::Family family) const;

  // How many elements each set has, where the kernel tells it with the set; but for a catch-all
  // one.
  using Counts = std::array<std::array<std::optional<size_t>, nft::kSetCount>, 2>;
  const Counts& counts() const { return counts_; }

  // Requires: the kernel has told how many the element's set has.
  void CountOneMore(const nft::ElementKey& element) {
    ++*counts_[static_cast<size_t>(element.family)][static_cast<size_t>(element.set)];
  }

  // An element of a declared set by itself.
  void AddElement(nft::ElementInventory element) {
    inventory_.elements.push_back(std::move(element));
  }

  void Reserve(size_t elements) { inventory_.elements.reserve(elements); }

  // Leaves the decoder empty.
  nft::Inventory Take();

 private:
  // Of an object of our table; but for AddTable, the table is there. `reader`: the socket's number.
  void AddTable(const Attributes& encoded, base::Family family, uint32_t reader);
  void AddChain(const Attributes& encoded, base::Family family);
  void AddRule(const Attributes& encoded, base::Family family);
  void AddSet(const Attributes& encoded, base::Family family);
  void AddElements(const Attributes& encoded, base::Family family);
  void AddElement(base::Family family, nft::SetId set, const Attributes& encoded);

  nft::Inventory inventory_;
  Counts counts_{};
  std::array<absl::flat_hash_map<std::string, size_t>, 2> chains_;  // indices, by family
};

}  // namespace nftsvc::netlink
