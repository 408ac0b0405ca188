// SPDX-License-Identifier: Apache-2.0
#include "src/config/host_facts.h"

#include <algorithm>

namespace nftsvc::config {
namespace {

using base::Family;
using base::IpAddress;

void AppendIfAny(const std::optional<IpAddress>& address, std::vector<IpAddress>& addresses) {
  if (address) addresses.push_back(*address);
}

void SortUnique(std::vector<IpAddress>& addresses) {
  std::sort(addresses.begin(), addresses.end());
  addresses.erase(std::unique(addresses.begin(), addresses.end()), addresses.end());
}

std::vector<IpAddress> NodePortAddressesOf(const Config& config, const HostAddresses& addresses) {
  const bool are_given = !config.addresses.empty();
  std::vector<IpAddress> chosen;
  for (const IpAddress& address : are_given ? config.addresses : addresses.all) {
    const auto& cidrs = config.node_port_addresses.cidrs;
    const bool is_in_one = std::any_of(cidrs.begin(), cidrs.end(), [&](const base::IpPrefix& cidr) {
      return cidr.Contains(address);
    });
    if (is_in_one && CanBeDialled(address)) chosen.push_back(address);
  }
  if (config.node_port_addresses.primary) {
    const std::span<const IpAddress> primary = are_given ? config.addresses : addresses.primary;
    for (const Family family : base::kFamilies) AppendIfAny(FirstDialable(family, primary), chosen);
  }
  SortUnique(chosen);
  return chosen;
}

}  // namespace

bool CanBeDialled(const base::IpAddress& address) {
  return !address.is_loopback() && !address.is_link_local() && !address.is_unspecified();
}

std::optional<base::IpAddress> FirstDialable(base::Family family,
                                             std::span<const base::IpAddress> addresses) {
  const auto first =
      std::find_if(addresses.begin(), addresses.end(), [&](const base::IpAddress& address) {
        return address.family() == family && CanBeDialled(address);
      });
  return first == addresses.end() ? std::nullopt : std::optional(*first);
}

forwarding::HostFacts HostFactsOf(const Config& config, const HostAddresses& addresses) {
  forwarding::HostFacts facts = config.settings.host;
  facts.local_addresses = addresses.all;
  facts.local_addresses.insert(facts.local_addresses.end(), config.addresses.begin(),
                               config.addresses.end());
  SortUnique(facts.local_addresses);
  facts.node_ports_on_all_addresses = config.node_port_addresses.AreAll();
  if (!facts.node_ports_on_all_addresses) {
    facts.node_port_addresses = NodePortAddressesOf(config, addresses);
  }
  return facts;
}

}  // namespace nftsvc::config
