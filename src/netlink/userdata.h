// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "absl/strings/string_view.h"

// Userdata: what nft notes on objects for itself, and the kernel keeps without a look. A list of
// records: a byte of type, a byte of length, the value.
namespace nftsvc::netlink {

// A comment, as nft keeps it on tables, sets and elements, where its type is 0 alike.
inline constexpr uint8_t kComment = 0;

// nftsvc::RuleDigest, on a rule: 8 bytes in the host's order. nft skips types that it does not know
// (nftables 1.0.6, src/netlink_delinearize.c: parse_rule_udata_cb); this one is far above those
// that it may still give a meaning to.
inline constexpr uint8_t kRuleDigest = 0xd1;

// Requires: value.size() <= 255.
void AppendRecord(std::vector<uint8_t>& userdata, uint8_t type, std::span<const uint8_t> value);
void AppendComment(std::vector<uint8_t>& userdata, absl::string_view text);

// The value of the first record of a type; empty if there is none.
std::span<const uint8_t> FindRecord(std::span<const uint8_t> userdata, uint8_t type);
absl::string_view CommentIn(std::span<const uint8_t> userdata);

}  // namespace nftsvc::netlink
