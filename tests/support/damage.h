// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "tests/support/fake_tables.h"
#include "tests/support/random.h"

namespace nftsvc::testing {

// Something that another program or an administrator can do to our tables.
struct Damage {
  std::string name;
  void (*inflict)(FakeTable& table, base::Family family, Random& random);
};

// One of each kind. Requires of the table: that it is whole, and has a service with endpoints.
const std::vector<Damage>& AllDamages();

}  // namespace nftsvc::testing
