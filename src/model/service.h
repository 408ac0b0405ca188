// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "src/base/ip_address.h"
#include "src/base/ip_prefix.h"
#include "src/base/protocol.h"
#include "src/base/shared_text.h"
#include "src/model/placement.h"

// What a user asks for, as plain values. The fields mean what proto/nftsvc/v1/snapshot.proto says
// of the fields of the same name; defaults are already filled in.
namespace nftsvc::model {

struct ServiceName {
  std::string name_space;  // `namespace` is a keyword
  std::string name;

  // "namespace/name", or "name" without a namespace.
  std::string ToString() const;

  friend auto operator<=>(const ServiceName&, const ServiceName&) = default;

  template <typename H>
  friend H AbslHashValue(H h, const ServiceName& n) {
    return H::combine(std::move(h), n.name_space, n.name);
  }
};

enum class TrafficPolicy : uint8_t { kCluster, kLocal };

enum class Balancing : uint8_t { kRandom, kRoundRobin, kSourceHash, kFlowHash, kMaglev };

// Whether the packet decides rather than chance or its turn.
constexpr bool IsByHash(Balancing balancing) {
  return balancing == Balancing::kSourceHash || balancing == Balancing::kFlowHash ||
         balancing == Balancing::kMaglev;
}

struct Endpoint {
  base::IpAddress address;
  uint16_t port = 0;
  uint16_t weight = 1;  // 0: no new connections
  bool ready = true;
  bool serving = true;
  bool terminating = false;
  base::SharedText name;
  SharedPlacement placement;  // placement->node, placement->zone_hints, ...

  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

struct Port {
  std::string name;
  base::Protocol protocol = base::Protocol::kTcp;
  uint16_t port = 0;
  uint16_t node_port = 0;  // 0: none
  Balancing balancing = Balancing::kRandom;
  std::vector<Endpoint> endpoints;

  friend bool operator==(const Port&, const Port&) = default;
};

struct Service {
  ServiceName name;
  base::SharedText source;  // who brought it, see source.h; empty: kPushSource
  std::map<std::string, std::string> labels;
  std::vector<base::IpAddress> cluster_ips;
  std::vector<base::IpAddress> external_ips;
  std::vector<base::IpAddress> load_balancer_ips;
  std::vector<base::IpPrefix> load_balancer_source_ranges;
  TrafficPolicy internal_traffic_policy = TrafficPolicy::kCluster;
  TrafficPolicy external_traffic_policy = TrafficPolicy::kCluster;
  std::optional<std::chrono::seconds> client_ip_affinity;
  uint16_t health_check_node_port = 0;  // 0: none
  std::vector<Port> ports;

  friend bool operator==(const Service&, const Service&) = default;
};

// Whether node ports of the service exist in this family: it has a cluster IP of the family, or no
// cluster IP at all.
bool HasNodePortsIn(const Service& service, base::Family family);

}  // namespace nftsvc::model
