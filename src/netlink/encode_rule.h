// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "src/base/family.h"
#include "src/nft/statement.h"

struct nlmsghdr;

namespace nftsvc::netlink {

// Puts a rule's attributes into a message: the expressions that nft 1.0.6 makes of the rule's text,
// and the rule's digest as userdata.
void PutRule(nlmsghdr* message, const nft::Rule& rule, absl::string_view chain,
             base::Family family);

}  // namespace nftsvc::netlink
