// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "src/base/ip_address.h"
#include "src/base/protocol.h"
#include "src/forwarding/routes.h"

namespace nftsvc::forwarding {

// The first packet of a connection.
struct Packet {
  base::IpAddress source;
  std::string in_interface;  // empty: sent by the host itself
  base::IpAddress destination;
  base::Protocol protocol = base::Protocol::kTcp;
  uint16_t port = 0;
};

enum class Verdict : uint8_t { kNone, kForward, kReject, kDrop };

struct Decision {
  Verdict verdict = Verdict::kNone;  // kNone: not ours, goes on untouched

  // With kForward.
  base::IpAddress address;
  uint16_t port = 0;
  bool masquerade = false;
  size_t slot_count = 0;  // a slot below it was drawn

  // What was found on the way, in the order of the packet, for people.
  std::vector<std::string> reasons;
  const PortRoutes* port_routes = nullptr;  // whose frontend it was; null with kNone
  const Slots* slots = nullptr;             // that were drawn from; null unless kForward
};

// The specification of both lowerings: where the packet goes if `slot` (taken modulo the number of
// slots) is drawn.
Decision Decide(const ForwardingTable& table, const Packet& packet, size_t slot);

}  // namespace nftsvc::forwarding
