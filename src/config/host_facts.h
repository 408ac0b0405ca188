// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "src/base/ip_address.h"
#include "src/config/config.h"
#include "src/forwarding/host_facts.h"

namespace nftsvc::config {

// The addresses of this host's interfaces in its network namespace.
struct HostAddresses {
  std::vector<base::IpAddress> all;  // sorted; loopback too

  // For each family that has one: the address that packets to other networks are sent from, or else
  // the first that others can dial.
  std::vector<base::IpAddress> primary;

  friend bool operator==(const HostAddresses&, const HostAddresses&) = default;
};

// Whether other hosts can dial it: not loopback, link-local or unspecified.
bool CanBeDialled(const base::IpAddress& address);

std::optional<base::IpAddress> FirstDialable(base::Family family,
                                             std::span<const base::IpAddress> addresses);

// What the config and the host's addresses together say. The config's own addresses, if it has any,
// come before those of the interfaces.
forwarding::HostFacts HostFactsOf(const Config& config, const HostAddresses& addresses);

}  // namespace nftsvc::config
