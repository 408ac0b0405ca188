// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "src/forwarding/flow_rule.h"
#include "src/netlink/flow_filter.h"

struct nlmsghdr;

// Messages of ctnetlink, the part of netfilter's netlink that is about connections.
namespace nftsvc::netlink {

// A request, large enough for those below.
using FlowRequest = std::array<uint64_t, 64>;

// Asks for the number of connections; see FlowCount.
nlmsghdr* PutCountFlows(FlowRequest& room);

// Asks for those that a filter lets through. Kernels before 5.8 heed no more of it than the family.
nlmsghdr* PutListFlows(FlowRequest& room, const FlowFilter& filter);

// None: not an answer to PutCountFlows.
std::optional<uint32_t> FlowCount(const nlmsghdr& message);

// A connection in a list. None: of a protocol that services do not speak, or not a connection.
std::optional<forwarding::Flow> DecodeFlow(const nlmsghdr& message);

// Appends a request to delete the connection of a message that DecodeFlow understands, and no later
// one between the same addresses. Not acknowledged.
void AppendDeleteFlow(std::vector<uint8_t>& requests, const nlmsghdr& listed, uint32_t sequence);

}  // namespace nftsvc::netlink
