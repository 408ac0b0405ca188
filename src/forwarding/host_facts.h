// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "src/base/ip_address.h"
#include "src/base/ip_prefix.h"

namespace nftsvc::forwarding {

// What localhost_node_ports is about: 127.0.0.1, and 127.0.0.0/8.
const base::IpAddress& Localhost();
const base::IpPrefix& LoopbackNetwork();

// Which packets come from this host's pods, told by one of three signs.
struct PodDetector {
  std::vector<base::IpPrefix> cidrs;  // source address
  std::string interface;              // arrives through this one
  std::string interface_prefix;       // arrives through one whose name starts so

  // Whether pods of this family can be told from others at all. If not, nothing is masqueraded for
  // not being a pod, and no pod takes a short cut (kube-proxy does the same).
  bool Detects(base::Family family) const;

  // Requires: Detects(source.family()).
  bool IsPod(const base::IpAddress& source, absl::string_view in_interface) const;

  friend bool operator==(const PodDetector&, const PodDetector&) = default;
};

// What the host adds to the snapshot: everything that decides how packets are forwarded and is not
// said by the services themselves.
struct HostFacts {
  std::string node_name;
  std::string zone;
  PodDetector pods;
  bool masquerade_all = false;

  // Where node ports are dialled: on every address of the host but loopback, or on these.
  bool node_ports_on_all_addresses = false;
  std::vector<base::IpAddress> node_port_addresses;

  // On 127.0.0.1 too. The host then routes 127.0.0.0/8 like any other network, so packets to it
  // that others send are dropped.
  bool localhost_node_ports = false;

  // net.netfilter.nf_conntrack_tcp_be_liberal: the host wants packets that connection tracking
  // cannot place. The chains of iptables drop those else, as kube-proxy's do.
  bool conntrack_is_liberal = false;

  // The host's own addresses of either family, sorted. Only Decide reads them: the kernel knows its
  // own.
  std::vector<base::IpAddress> local_addresses;

  bool reject_unassigned_ports = true;
  std::vector<base::IpPrefix> service_cidrs;

  bool IsThisNode(absl::string_view node) const;       // by name
  bool IsLocal(const base::IpAddress& address) const;  // as `fib … type local` says
  bool AcceptsNodePortsAt(const base::IpAddress& address) const;

  friend bool operator==(const HostFacts&, const HostFacts&) = default;
};

}  // namespace nftsvc::forwarding
