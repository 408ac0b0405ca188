// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "absl/container/flat_hash_set.h"
#include "absl/hash/hash.h"
#include "src/model/placement.h"

namespace nftsvc::model {

// Makes equal placements one.
class PlacementPool {
 public:
  SharedPlacement Share(Placement placement);

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(const Placement& p) const { return absl::HashOf(p); }
    size_t operator()(const SharedPlacement& p) const { return absl::HashOf(*p); }
  };
  struct Equal {
    using is_transparent = void;
    bool operator()(const SharedPlacement& a, const SharedPlacement& b) const { return a == b; }
    bool operator()(const SharedPlacement& a, const Placement& b) const { return *a == b; }
  };

  absl::flat_hash_set<SharedPlacement, Hash, Equal> pool_;
};

}  // namespace nftsvc::model
