// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "src/base/ip_address.h"
#include "src/base/protocol.h"

// The chains of kube-proxy's iptables mode, by its names, so that who can read its rules can read
// ours, and whatever looks for its chains finds them.
namespace nftsvc::iptables {

// Chains that every ruleset has.
inline constexpr char kServices[] = "KUBE-SERVICES";                   // nat and filter
inline constexpr char kNodePorts[] = "KUBE-NODEPORTS";                 // nat and filter
inline constexpr char kExternalServices[] = "KUBE-EXTERNAL-SERVICES";  // filter
inline constexpr char kProxyFirewall[] = "KUBE-PROXY-FIREWALL";        // filter
inline constexpr char kForward[] = "KUBE-FORWARD";                     // filter
inline constexpr char kPostrouting[] = "KUBE-POSTROUTING";             // nat
inline constexpr char kMarkMasq[] = "KUBE-MARK-MASQ";                  // nat

// Chains that kube-proxy does not have, for what it does not do.
inline constexpr char kClusterIps[] = "KUBE-CLUSTER-IPS";             // filter: of no service
inline constexpr char kLocalnet[] = "KUBE-LOCALNET";                  // filter: to loopback
inline constexpr char kMarkOutsidePods[] = "KUBE-MARK-OUTSIDE-PODS";  // nat: several pod CIDRs

// The chains of one port of a service, which may exist or not.
struct PortChains {
  std::string service;   // KUBE-SVC-…: balances over the cluster's endpoints
  std::string local;     // KUBE-SVL-…: balances over this node's
  std::string external;  // KUBE-EXT-…: what is dialled from outside
  std::string firewall;  // KUBE-FW-…: sources that may dial a load balancer IP
};

// `label` is "default/web:http", or "default/web" for a port without a name.
PortChains PortChainsOf(absl::string_view label, base::Protocol protocol);

// KUBE-SEP-…: one endpoint of a port.
std::string EndpointChain(absl::string_view label, base::Protocol protocol,
                          const base::IpAddress& address, uint16_t port);

// Whether a chain of this name, in the table filter or nat, is one that we make: what else begins
// with KUBE- belongs to others, such as kubelet.
bool IsOwnChain(absl::string_view name);

}  // namespace nftsvc::iptables
