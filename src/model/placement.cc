// SPDX-License-Identifier: Apache-2.0
#include "src/model/placement.h"

namespace nftsvc::model {

const Placement& SharedPlacement::Empty() {
  static const Placement* const empty = new Placement;
  return *empty;
}

}  // namespace nftsvc::model
