// SPDX-License-Identifier: Apache-2.0
#include "src/model/service_size.h"

#include <algorithm>
#include <numeric>

#include "src/model/limits.h"

namespace nftsvc::model {
namespace {

using base::Family;

size_t CountIn(const std::vector<base::IpAddress>& addresses, Family family) {
  return static_cast<size_t>(
      std::count_if(addresses.begin(), addresses.end(),
                    [&](const base::IpAddress& ip) { return ip.family() == family; }));
}

// The most slots that any choice among the port's endpoints of the family can take: see
// kMaxWeightedSlots.
size_t MostSlots(const Port& port, Family family) {
  size_t count = 0;
  size_t sum = 0;
  uint32_t divisor = 0;
  uint32_t largest = 0;
  for (const Endpoint& endpoint : port.endpoints) {
    if (endpoint.address.family() != family || endpoint.weight == 0) continue;
    ++count;
    sum += endpoint.weight;
    divisor = std::gcd(divisor, uint32_t{endpoint.weight});
    largest = std::max(largest, uint32_t{endpoint.weight});
  }
  if (count == 0) return 0;
  // The size of the table depends on how many are chosen.
  if (port.balancing == Balancing::kMaglev) return MaglevTableSize(count);
  if (largest == divisor) return count;  // all weigh the same
  // Rounding up to one slot adds at most one for each endpoint.
  const size_t scaled = std::max(kMaxWeightedSlots, 4 * count) + count;
  return std::min({sum / divisor, scaled, kMaxSlotsPerPort});
}

size_t NodePorts(const Service& service, const Port& port, Family family) {
  return port.node_port != 0 && HasNodePortsIn(service, family) ? 1 : 0;
}

}  // namespace

size_t FrontendCount(const Service& service) {
  const size_t addresses =
      service.cluster_ips.size() + service.external_ips.size() + service.load_balancer_ips.size();
  size_t count = service.health_check_node_port == 0 ? 0 : base::kFamilies.size();
  for (const Port& port : service.ports) {
    count += addresses;
    for (const Family family : base::kFamilies) count += NodePorts(service, port, family);
  }
  return count;
}

size_t EndpointCount(const Service& service) {
  size_t count = 0;
  for (const Port& port : service.ports) count += port.endpoints.size();
  return count;
}

size_t EndpointElements(const Service& service) {
  const size_t pools = service.external_traffic_policy == TrafficPolicy::kLocal ? 2 : 1;
  size_t elements = 0;
  for (const Family family : base::kFamilies) {
    const size_t internal = CountIn(service.cluster_ips, family);
    const size_t external =
        CountIn(service.external_ips, family) + CountIn(service.load_balancer_ips, family);
    for (const Port& port : service.ports) {
      elements += MostSlots(port, family) *
                  (internal + pools * (external + NodePorts(service, port, family)));
    }
  }
  return elements;
}

size_t SourceElements(const Service& service) {
  size_t elements = 0;
  for (const Family family : base::kFamilies) {
    const auto ranges = static_cast<size_t>(std::count_if(
        service.load_balancer_source_ranges.begin(), service.load_balancer_source_ranges.end(),
        [&](const base::IpPrefix& range) { return range.address().family() == family; }));
    if (ranges == 0) continue;
    const size_t addresses = CountIn(service.load_balancer_ips, family);
    elements += service.ports.size() * addresses * (ranges + addresses);
  }
  return elements;
}

}  // namespace nftsvc::model
