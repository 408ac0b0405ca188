// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "src/base/protocol.h"
#include "src/forwarding/routes.h"
#include "src/iptables/ruleset.h"

namespace nftsvc::iptables {

using NodePorts = absl::flat_hash_set<std::pair<base::Protocol, uint16_t>>;

// What ports of services are lowered with.
struct Surroundings {
  const forwarding::HostFacts& host;

  // The node ports of all services in this family.
  const NodePorts& node_ports;

  // Without, endpoints' rules have no comments, as in kube-proxy when there are many of them.
  bool comments_on_endpoints = true;
};

// What ports of services add to the tables.
struct Lowered {
  std::vector<Rule> services;    // nat KUBE-SERVICES
  std::vector<Rule> node_ports;  // nat KUBE-NODEPORTS
  std::vector<Chain> chains;     // nat

  std::vector<Rule> refused_cluster_ips;  // filter KUBE-SERVICES
  std::vector<Rule> refused_externals;    // filter KUBE-EXTERNAL-SERVICES
  std::vector<Rule> refused_node_ports;   // there too, behind all refused_externals
  std::vector<Rule> refused_sources;      // filter KUBE-PROXY-FIREWALL
};

void LowerPort(const forwarding::PortRoutes& port, const Surroundings& around, Lowered& out);

}  // namespace nftsvc::iptables
