// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/flow_filter.h"

#include <algorithm>

namespace nftsvc::netlink {
namespace {

using base::Family;
using forwarding::FlowRule;
using forwarding::SlotAddress;

std::optional<base::IpAddress> Comparable(const base::IpAddress& address) {
  return address.family() == Family::kIPv4 ? std::optional(address) : std::nullopt;
}

FlowFilter To(const SlotAddress& frontend, base::Protocol protocol) {
  FlowFilter filter;
  filter.family = frontend.address.family();
  filter.protocol = protocol;
  filter.dialled_address = Comparable(frontend.address);
  filter.dialled_port = frontend.port;
  return filter;
}

template <typename T>
void KeepIfEqual(std::optional<T>& field, const std::optional<T>& other) {
  if (field != other) field.reset();
}

// Makes `filter` let through what `other` does, too. Requires: same family and protocol.
void Widen(FlowFilter& filter, const FlowFilter& other) {
  KeepIfEqual(filter.dialled_address, other.dialled_address);
  KeepIfEqual(filter.dialled_port, other.dialled_port);
  KeepIfEqual(filter.reached_address, other.reached_address);
  KeepIfEqual(filter.reached_port, other.reached_port);
}

void WidenToAll(std::vector<FlowFilter>& filters) {
  for (const FlowFilter& other : filters) Widen(filters.front(), other);
  filters.resize(1);
}

// Adds the filter, widening the first that `matches` with it if there is one.
void Merge(std::vector<FlowFilter>& filters, const FlowFilter& added, auto&& matches) {
  const auto found = std::find_if(filters.begin(), filters.end(), matches);
  if (found == filters.end()) {
    filters.push_back(added);
  } else {
    Widen(*found, added);
  }
}

std::vector<FlowFilter> FiltersFor(const FlowRule& rule, size_t most) {
  std::vector<FlowFilter> filters;
  if (rule.frontends.empty()) return filters;
  // Frontends that share a port, as the addresses of a service do, share a filter.
  for (const SlotAddress& frontend : rule.frontends) {
    Merge(filters, To(frontend, rule.protocol),
          [&](const FlowFilter& f) { return f.dialled_port == frontend.port; });
  }
  if (rule.stale == FlowRule::Stale::kAtThese) {
    // What these endpoints get is a small part of what the frontends get.
    WidenToAll(filters);
    const FlowFilter dialled = filters.front();
    filters.clear();
    for (const SlotAddress& endpoint : rule.endpoints) {
      FlowFilter& filter = filters.emplace_back(dialled);
      filter.reached_address = Comparable(endpoint.address);
      filter.reached_port = endpoint.port;
    }
  }
  if (filters.size() > most) WidenToAll(filters);
  return filters;
}

}  // namespace

std::vector<FlowFilter> FiltersFor(std::span<const FlowRule> rules, size_t most) {
  std::vector<FlowFilter> exact;  // up to one too many
  std::vector<FlowFilter> wide;   // by family and protocol
  for (const FlowRule& rule : rules) {
    for (const FlowFilter& filter : FiltersFor(rule, most)) {
      Merge(wide, filter, [&](const FlowFilter& f) {
        return f.family == filter.family && f.protocol == filter.protocol;
      });
      const bool known = std::find(exact.begin(), exact.end(), filter) != exact.end();
      if (!known && exact.size() <= most) exact.push_back(filter);
    }
  }
  return exact.size() <= most ? exact : wide;
}

}  // namespace nftsvc::netlink
