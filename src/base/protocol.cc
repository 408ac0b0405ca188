// SPDX-License-Identifier: Apache-2.0
#include "src/base/protocol.h"

#include "absl/strings/match.h"

namespace nftsvc::base {

absl::string_view ProtocolName(Protocol protocol) {
  switch (protocol) {
    case Protocol::kTcp:
      return "tcp";
    case Protocol::kUdp:
      return "udp";
    case Protocol::kSctp:
      return "sctp";
  }
  return "";
}

std::optional<Protocol> ParseProtocol(absl::string_view text) {
  for (Protocol protocol : {Protocol::kTcp, Protocol::kUdp, Protocol::kSctp}) {
    if (absl::EqualsIgnoreCase(text, ProtocolName(protocol))) return protocol;
  }
  return std::nullopt;
}

}  // namespace nftsvc::base
