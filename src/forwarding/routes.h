// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "src/base/ip_address.h"
#include "src/base/ip_prefix.h"
#include "src/base/protocol.h"
#include "src/base/shared_text.h"
#include "src/forwarding/host_facts.h"
#include "src/model/service.h"
#include "src/model/snapshot.h"

// The forwarding table: what must happen to a packet, in words that no target owns. nft and
// iptables are two lowerings of it, Decide runs it.
namespace nftsvc::forwarding {

// An endpoint that takes new connections. Ordered bytewise by "ip:port", as kube-proxy orders them.
struct Target {
  base::IpAddress address;
  uint16_t port = 0;
  bool may_hairpin = false;  // may run on this node, and so dial itself through the service
  base::SharedText name;     // for people

  friend bool operator==(const Target&, const Target&) = default;
};

// Slot i holds the index of a target. A draw of a slot, each equally likely, is a choice of an
// endpoint; one with weight w fills w slots. Order: as stable as possible over changes (see
// Resolve), never sorted; with Balancing::kMaglev, a Maglev table (maglev.h).
using Slots = std::vector<uint16_t>;

enum class Masquerade : uint8_t {
  kNever,        // the client's address reaches the endpoint
  kOutsidePods,  // unless the client is a pod
  kAlways,
};

enum class Action : uint8_t {
  kBalance,  // over the route's slots
  kReject,   // ICMP port unreachable: no endpoint anywhere
  kDrop,     // there are endpoints, but the policy allows none of them here
};

enum class Pool : uint8_t {
  kCluster,  // endpoints everywhere
  kLocal,    // endpoints on this node
};

enum class FrontendKind : uint8_t { kClusterIp, kExternalIp, kLoadBalancerIp, kNodePort };

// What happens to new connections to one frontend.
struct Route {
  FrontendKind kind = FrontendKind::kClusterIp;
  model::FrontendKey frontend;
  Action action = Action::kReject;
  Pool pool = Pool::kCluster;  // with kBalance
  Masquerade masquerade = Masquerade::kNever;

  // Under an external policy of Local: pods (not masqueraded) and the host itself (masqueraded)
  // reach the whole cluster pool, whatever `action` says for others. Requires: the cluster pool has
  // slots.
  bool short_cut = false;

  // Only these sources may dial; others are dropped before anything else. Empty: everyone. Sorted,
  // none contains another.
  std::vector<base::IpPrefix> allowed_sources;

  friend bool operator==(const Route&, const Route&) = default;
};

// One port of a service in one family.
struct PortRoutes {
  std::string label;  // "default/web:http", or "default/web" if the port has no name
  base::Family family = base::Family::kIPv4;
  base::Protocol protocol = base::Protocol::kTcp;
  uint16_t port = 0;  // the service's; with the protocol, unique in it
  model::Balancing balancing = model::Balancing::kRandom;
  std::optional<std::chrono::seconds> client_ip_affinity;
  std::vector<Target> targets;  // that either pool uses
  Slots cluster;
  Slots local;
  std::vector<Route> routes;

  const Slots& slots(Pool pool) const { return pool == Pool::kCluster ? cluster : local; }

  friend bool operator==(const PortRoutes&, const PortRoutes&) = default;
};

// All that one service adds to the table.
struct ServiceRoutes {
  model::ServiceName name;
  std::vector<PortRoutes> ports;
  uint16_t health_check_port = 0;  // of this host, where load balancers ask; 0: none

  friend bool operator==(const ServiceRoutes&, const ServiceRoutes&) = default;
};

using ServiceRoutesPtr = std::shared_ptr<const ServiceRoutes>;

struct ForwardingTable {
  HostFacts host;
  absl::btree_map<model::ServiceName, ServiceRoutesPtr> services;
};

// A few lines for each frontend; the golden cases show it.
std::string Print(const ForwardingTable& table);
std::string Print(const ServiceRoutes& routes);

}  // namespace nftsvc::forwarding
