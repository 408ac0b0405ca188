// SPDX-License-Identifier: Apache-2.0
#include "src/forwarding/host_facts.h"

#include <algorithm>

#include "absl/strings/match.h"

namespace nftsvc::forwarding {

const base::IpAddress& Localhost() {
  static const auto& address = *new base::IpAddress(*base::IpAddress::Parse("127.0.0.1"));
  return address;
}

const base::IpPrefix& LoopbackNetwork() {
  static const auto& network = *new base::IpPrefix(*base::IpPrefix::Parse("127.0.0.0/8"));
  return network;
}

bool PodDetector::Detects(base::Family family) const {
  return !interface.empty() || !interface_prefix.empty() ||
         std::any_of(cidrs.begin(), cidrs.end(),
                     [family](const base::IpPrefix& cidr) { return cidr.family() == family; });
}

bool PodDetector::IsPod(const base::IpAddress& source, absl::string_view in_interface) const {
  if (!interface.empty()) return in_interface == interface;
  if (!interface_prefix.empty()) return absl::StartsWith(in_interface, interface_prefix);
  return std::any_of(cidrs.begin(), cidrs.end(),
                     [&](const base::IpPrefix& cidr) { return cidr.Contains(source); });
}

bool HostFacts::IsThisNode(absl::string_view node) const {
  return !node.empty() && node == node_name;
}

bool HostFacts::IsLocal(const base::IpAddress& address) const {
  return address.is_loopback() ||
         std::binary_search(local_addresses.begin(), local_addresses.end(), address);
}

bool HostFacts::AcceptsNodePortsAt(const base::IpAddress& address) const {
  if (address.is_loopback()) return localhost_node_ports && address == Localhost();
  if (node_ports_on_all_addresses) return IsLocal(address);
  return std::find(node_port_addresses.begin(), node_port_addresses.end(), address) !=
         node_port_addresses.end();
}

}  // namespace nftsvc::forwarding
