// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "src/base/ip_address.h"
#include "src/daemon/config.h"
#include "src/forwarding/host_facts.h"

namespace nftsvc::daemon {

// The addresses of this host's interfaces in its network namespace.
struct HostAddresses {
  std::vector<base::IpAddress> all;  // sorted; loopback too

  // For each family that has one: the address that packets to other networks are sent from, or else
  // the first that others can dial.
  std::vector<base::IpAddress> primary;

  friend bool operator==(const HostAddresses&, const HostAddresses&) = default;
};

// Reads the interfaces (getifaddrs(3)) and asks the routing table; sends nothing.
absl::StatusOr<HostAddresses> ReadHostAddresses();

// What the config and the host's addresses together say. The config's own addresses, if it has any,
// come before those of the interfaces.
forwarding::HostFacts HostFactsOf(const Config& config, const HostAddresses& addresses);

}  // namespace nftsvc::daemon
