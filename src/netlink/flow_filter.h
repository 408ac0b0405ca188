// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "src/base/family.h"
#include "src/base/ip_address.h"
#include "src/base/protocol.h"
#include "src/forwarding/flow_rule.h"

namespace nftsvc::netlink {

// What the kernel is asked to list of its connections: those of a family and protocol that agree
// with every field that is set.
struct FlowFilter {
  base::Family family = base::Family::kIPv4;
  base::Protocol protocol = base::Protocol::kUdp;
  std::optional<base::IpAddress> dialled_address;  // IPv4 only, as the other
  std::optional<uint16_t> dialled_port;
  std::optional<base::IpAddress> reached_address;
  std::optional<uint16_t> reached_port;

  friend bool operator==(const FlowFilter&, const FlowFilter&) = default;
};

// Filters that between them let through every flow that the rules call stale, and few others: at
// most `most` of them, or, where that is not enough, one for each family and protocol.
//
// There is no address of IPv6 in them: the kernel compares those the wrong way round and lists all
// flows but the wanted (net/netfilter/nf_conntrack_netlink.c: ctnetlink_filter_match_tuple, from
// 5.8, where filters came, to 6.18 at least).
std::vector<FlowFilter> FiltersFor(std::span<const forwarding::FlowRule> rules, size_t most);

}  // namespace nftsvc::netlink
