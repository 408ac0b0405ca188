// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "src/base/protocol.h"
#include "src/forwarding/slots.h"

// The kernel's table of connections in the namespace of the test, without a packet being sent.
namespace nftsvc::netlink {

struct NewFlow {
  enum class State { kUnanswered, kPickedUp, kEstablished };

  base::Protocol protocol = base::Protocol::kUdp;
  forwarding::SlotAddress client;
  forwarding::SlotAddress dialled;
  forwarding::SlotAddress reached;
  uint16_t zone = 0;
  State state = State::kUnanswered;
};

// A flow of UDP: what was dialled, who is reached. Numbers that differ are clients that differ.
NewFlow FlowOf(absl::string_view dialled, absl::string_view reached, uint32_t client);

// Crashes if the kernel refuses one.
void AddFlows(const std::vector<NewFlow>& flows);
void AddFlow(const NewFlow& flow);

// What conntrack(8) lists of both families, as an independent witness: sorted lines such as
// "udp 10.96.0.10:53 > 10.0.0.2:5353", with " zone 7" if it is in one.
std::vector<std::string> ListedFlows();

// How many conntrack(8) counts.
size_t CountedFlows();

}  // namespace nftsvc::netlink
