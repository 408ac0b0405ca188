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

// NFT_TABLE_F_PERSIST of newer headers (Linux 6.9): the table outlives the socket that owns it.
inline constexpr uint32_t kTablePersists = 0x4;

void PutTable(nlmsghdr* message, bool exclusive);
void PutChain(nlmsghdr* message, absl::string_view name, const std::optional<nft::Hook>& hook);

// `id`: the set's number within its batch; the kernel wants one. `size`: 0 for no limit.
// `id`: of the set within its batch, not 0.
void PutSet(nlmsghdr* message, const nft::AddSet& set, uint32_t id);

// NF_INET_…: the kernel's number of a hook.
uint32_t HookNumber(nft::HookPoint point);

}  // namespace nftsvc::netlink
