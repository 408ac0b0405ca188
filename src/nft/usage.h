// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/flat_hash_map.h"
#include "src/nft/compile.h"
#include "src/nft/element.h"
#include "src/nft/ruleset.h"

namespace nftsvc::nft {

// What all elements need together: how many there are of each set, which chains they go to, and how
// many services yield an element that several may share. Kept up to date change by change, so that
// a change of one service costs no look at the others.
class Usage {
 public:
  struct Net {
    Parts removed;  // held before, no longer
    Parts added;    // held now, not before
  };

  // Replaces the parts that some services yielded by those that they yield now. Order of the
  // result: as given. Replace(b, a) after Replace(a, b) restores the state. Chains and maps, which
  // are never shared, come back as they are.
  Net Replace(Parts before, Parts after);

  ChainNames chains() const;
  const SetCounts& counts() const { return counts_; }

  // Whether chains() changed since the last call.
  bool TakeChainsChanged();

 private:
  bool Acquire(const Element& element);  // whether it is new
  bool Release(const Element& element);  // whether it is gone

  SetCounts counts_{};
  std::array<absl::btree_map<std::string, size_t>, 2> chains_;
  absl::flat_hash_map<ElementKey, uint32_t> shared_;
  bool chains_changed_ = false;
};

}  // namespace nftsvc::nft
