// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"

namespace nftsvc::base {

// The transport protocols that a service can speak. The values are the IANA protocol numbers, which
// is also what `meta l4proto` holds.
enum class Protocol : uint8_t { kTcp = 6, kUdp = 17, kSctp = 132 };

// "tcp", "udp" or "sctp": nft's and iptables' spelling.
absl::string_view ProtocolName(Protocol protocol);

// Reads that spelling, in any case. Nothing for any other word.
std::optional<Protocol> ParseProtocol(absl::string_view text);

}  // namespace nftsvc::base
