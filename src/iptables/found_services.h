// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "src/base/ip_address.h"
#include "src/base/ip_prefix.h"
#include "src/base/protocol.h"
#include "src/iptables/chain_reader.h"
#include "src/model/service.h"

// What the rules of both families say about services, each thing with the line that said it first.
namespace nftsvc::iptables {

template <typename T>
using FoundOnLine = std::map<T, size_t>;

struct FoundAddress {
  size_t line = 0;
  bool cluster_ip = false, external_ip = false, load_balancer_ip = false;

  // One of the two: rules that refuse clients call both alike.
  bool external = false;
};

// Lines that say so; 0: none.
struct FoundPolicy {
  size_t cluster_line = 0, local_line = 0;
};

struct FoundPort {
  FoundOnLine<uint16_t> numbers, node_ports;  // one at most, or the rules contradict each other
  std::set<base::IpAddress> addresses;

  // By family. Null: none.
  std::array<const KubeChain*, 2> cluster = {}, local = {};
};

struct FoundService {
  size_t line = 0;
  bool is_unnamed = false;  // called by the hash in the names of its chains
  std::map<base::IpAddress, FoundAddress> addresses;
  std::array<std::optional<base::IpAddress>, 2> cluster_ip;  // by family: the first
  std::array<std::set<const KubeChain*>, 2> firewalls;       // by family
  std::set<base::IpPrefix> more_ranges;                      // that no chain holds
  FoundPolicy internal, external;
  FoundOnLine<uint32_t> affinity_seconds;
  FoundOnLine<uint16_t> health_checks;
  std::map<std::pair<std::string, base::Protocol>, FoundPort> ports;
};

using FoundServices = std::map<model::ServiceName, FoundService>;

}  // namespace nftsvc::iptables
