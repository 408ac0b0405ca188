// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string>
#include <vector>

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

    // Chains that services share: needed before and no longer, now and not before.
    ChainNames chains_removed;
    ChainNames chains_added;
  };

  // Replaces the parts that some services yielded by those that they yield now. Order of the
  // result: as given. Replace(b, a) after Replace(a, b) restores the state. Chains and maps of
  // theirs, which are never shared, come back as they are.
  Net Replace(Parts before, Parts after);

  // All shared chains that are needed.
  ChainNames chains() const;
  const SetCounts& counts() const { return counts_; }

 private:
  using Counts = std::array<absl::flat_hash_map<std::string, size_t>, 2>;  // by Family and name

  bool Acquire(const Element& element, ChainNames& added);    // whether it is new
  bool Release(const Element& element, ChainNames& removed);  // whether it is gone

  SetCounts counts_{};
  Counts goes_to_;  // elements that go to a chain
  Counts needs_;    // chains of goes_to_ that need a chain
  absl::flat_hash_map<ElementKey, uint32_t> shared_;
};

}  // namespace nftsvc::nft
