// SPDX-License-Identifier: Apache-2.0
#include "src/control/explain.h"

#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "src/base/ip_address.h"
#include "src/base/protocol.h"
#include "src/forwarding/decide.h"
#include "src/model/quoted.h"

namespace nftsvc::control {
namespace {

using forwarding::Decision;
using forwarding::ForwardingTable;
using forwarding::Packet;

// No interface has a name with a space in it (dev_valid_name() in the kernel), so that this one is
// never taken for the pods'.
constexpr char kUnknownInterface[] = "unknown interface";

std::optional<base::IpAddress> ParseAddress(const std::string& text, absl::string_view path,
                                            model::Issues& issues) {
  std::optional<base::IpAddress> address = base::IpAddress::Parse(text);
  if (!address) {
    issues.push_back({.path = std::string(path),
                      .message = absl::StrCat(model::Quoted{text}.ToString(), " is not an address"),
                      .service = ""});
  }
  return address;
}

std::optional<base::Protocol> DecodeProtocol(v1::Protocol protocol) {
  switch (protocol) {
    case v1::TCP:
      return base::Protocol::kTcp;
    case v1::UDP:
      return base::Protocol::kUdp;
    case v1::SCTP:
      return base::Protocol::kSctp;
    default:
      return std::nullopt;
  }
}

// An address that neither the host nor its pods have. Those meant for documentation (RFC 5737,
// RFC 3849) are nobody's.
base::IpAddress OutsideAddress(base::Family family) {
  return *base::IpAddress::Parse(family == base::Family::kIPv4 ? "192.0.2.1" : "2001:db8::1");
}

std::optional<Packet> ReadPacket(const v1::ExplainRequest& request, model::Issues& issues) {
  Packet packet;
  const auto destination = ParseAddress(request.destination(), "destination", issues);
  std::optional<base::IpAddress> source;
  if (!request.source().empty()) source = ParseAddress(request.source(), "source", issues);
  if (destination && source && source->family() != destination->family()) {
    issues.push_back({"source", "is not of the destination's family", ""});
  }
  const auto protocol = DecodeProtocol(request.protocol());
  if (!protocol) issues.push_back({"protocol", "is none of TCP, UDP and SCTP", ""});
  if (request.port() == 0 || request.port() > 65535) {
    issues.push_back({"port", absl::StrCat(request.port(), " is not a port"), ""});
  }
  if (!issues.empty()) return std::nullopt;
  packet.source = source ? *source : OutsideAddress(destination->family());
  packet.in_interface = request.interface().empty() ? kUnknownInterface : request.interface();
  packet.destination = *destination;
  packet.protocol = *protocol;
  packet.port = static_cast<uint16_t>(request.port());
  return packet;
}

const char* VerdictName(forwarding::Verdict verdict) {
  switch (verdict) {
    case forwarding::Verdict::kNone:
      return "none";
    case forwarding::Verdict::kForward:
      return "forward";
    case forwarding::Verdict::kReject:
      return "reject";
    case forwarding::Verdict::kDrop:
      return "drop";
  }
  return "";
}

// Endpoints differ for Decide in nothing but whether the packet comes from the endpoint itself, so
// that one draw of each kind tells for all: a port may have 32,768.
size_t KindOf(const forwarding::Target& target, const Packet& packet) {
  if (target.address != packet.source) return 0;
  return target.may_hairpin ? 1 : 2;
}

void EncodeShares(const ForwardingTable& table, const Packet& packet, const Decision& decision,
                  v1::ExplainResult& result) {
  const auto& targets = decision.port_routes->targets;
  std::vector<size_t> slots_of(targets.size());
  std::array<std::optional<bool>, 3> masquerade;
  for (size_t slot = 0; slot < decision.slots->size(); ++slot) {
    const uint16_t target = (*decision.slots)[slot];
    ++slots_of[target];
    std::optional<bool>& known = masquerade[KindOf(targets[target], packet)];
    if (!known) known = forwarding::Decide(table, packet, slot).masquerade;
  }
  for (size_t i = 0; i < targets.size(); ++i) {
    if (slots_of[i] == 0) continue;
    v1::ExplainResult::Share& share = *result.add_shares();
    share.set_endpoint(base::HostPort(targets[i].address, targets[i].port));
    share.set_name(std::string(targets[i].name));
    share.set_share(static_cast<double>(slots_of[i]) / static_cast<double>(decision.slots->size()));
    share.set_masquerade(*masquerade[KindOf(targets[i], packet)]);
  }
}

}  // namespace

v1::ExplainResult Explain(const ForwardingTable& table, const v1::ExplainRequest& request,
                          model::Issues& issues, const FindKept& find_kept) {
  v1::ExplainResult result;
  const std::optional<Packet> packet = ReadPacket(request, issues);
  if (!packet) return result;
  const Decision decision = forwarding::Decide(table, *packet, /*slot=*/0);
  for (const std::string& reason : decision.reasons) result.add_steps(reason);
  result.set_verdict(VerdictName(decision.verdict));
  result.set_masquerade(decision.masquerade);
  if (decision.port_routes != nullptr) result.set_port(decision.port_routes->label);
  if (decision.verdict == forwarding::Verdict::kForward) {
    EncodeShares(table, *packet, decision, result);
    if (find_kept && !request.source().empty()) {
      result.set_kept_endpoint(find_kept(decision, packet->source));
    }
  }
  return result;
}

}  // namespace nftsvc::control
