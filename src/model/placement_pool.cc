// SPDX-License-Identifier: Apache-2.0
#include "src/model/placement_pool.h"

#include <utility>

namespace nftsvc::model {

SharedPlacement PlacementPool::Share(Placement placement) {
  if (placement == Placement()) return {};
  const auto found = pool_.find(placement);
  return found != pool_.end() ? *found : *pool_.emplace(std::move(placement)).first;
}

}  // namespace nftsvc::model
