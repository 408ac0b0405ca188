// SPDX-License-Identifier: Apache-2.0
#include "src/cli/destination.h"

#include <optional>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "src/wire/snapshot_codec.h"

namespace nftsvc::cli {
namespace {

absl::Status Mistake(absl::string_view part, absl::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("\"", part, "\" ", why, "; write 10.0.0.1:80/tcp or [fd00::1]:80/tcp"));
}

}  // namespace

void FillDestination(const Destination& destination, v1::ExplainRequest& request) {
  request.set_destination(destination.address.ToString());
  request.set_port(destination.port);
  request.set_protocol(wire::EncodeProtocol(destination.protocol));
}

absl::StatusOr<Destination> ParseDestination(absl::string_view text) {
  const size_t slash = text.rfind('/');
  if (slash == absl::string_view::npos) return Mistake(text, "has no protocol");
  const absl::string_view host_port = text.substr(0, slash);
  const size_t colon = host_port.rfind(':');
  if (colon == absl::string_view::npos) return Mistake(text, "has no port");

  Destination destination;
  const absl::string_view protocol_text = text.substr(slash + 1);
  const std::optional<base::Protocol> protocol = base::ParseProtocol(protocol_text);
  if (!protocol) return Mistake(protocol_text, "is not tcp, udp or sctp");
  destination.protocol = *protocol;

  const absl::string_view port_text = host_port.substr(colon + 1);
  uint32_t port = 0;
  if (!absl::SimpleAtoi(port_text, &port) || port < 1 || port > 65'535) {
    return Mistake(port_text, "is not a port");
  }
  destination.port = static_cast<uint16_t>(port);

  // Brackets tell an IPv6 address from its port, and mean nothing else (RFC 3986, 3.2.2).
  absl::string_view host = host_port.substr(0, colon);
  const bool bracketed = absl::ConsumePrefix(&host, "[") && absl::ConsumeSuffix(&host, "]");
  const std::optional<base::IpAddress> address = base::IpAddress::Parse(host);
  if (!address || bracketed != (address->family() == base::Family::kIPv6)) {
    return Mistake(host_port.substr(0, colon), "is not an address");
  }
  destination.address = *address;
  return destination;
}

}  // namespace nftsvc::cli
