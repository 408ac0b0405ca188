// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

namespace nftsvc::base {

// The two IP families. Each has its own nftables table (`ip nftsvc`, `ip6 nftsvc`), because a set
// of addresses holds one family only (nft(8), "ADDRESS FAMILIES").
enum class Family : uint8_t { kIPv4, kIPv6 };

inline constexpr std::array<Family, 2> kFamilies = {Family::kIPv4, Family::kIPv6};

}  // namespace nftsvc::base
