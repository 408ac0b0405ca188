// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"
#include "src/base/family.h"
#include "src/nft/ruleset.h"
#include "src/nft/set.h"
#include "src/nft/transaction.h"

struct nlmsghdr;

// Attributes of the messages that make tables, chains and sets.
namespace nftsvc::netlink {

void PutTable(nlmsghdr* message);
void PutChain(nlmsghdr* message, absl::string_view name, const std::optional<nft::Hook>& hook);

// `id`: the set's number within its batch; the kernel wants one. `size`: 0 for no limit.
// `id`: of the set within its batch, not 0.
void PutSet(nlmsghdr* message, const nft::AddSet& set, uint32_t id);

// NF_INET_…: the kernel's number of a hook.
uint32_t HookNumber(nft::HookPoint point);

}  // namespace nftsvc::netlink
