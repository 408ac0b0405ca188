// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "src/base/family.h"
#include "src/forwarding/routes.h"
#include "src/iptables/ruleset.h"
#include "src/model/issue.h"

// The forwarding table lowered to the chains of kube-proxy's iptables mode: same chains, same
// names, same rules in the same order. What is more, or different, is there so that every packet
// goes where forwarding::Decide says:
//
// - Packets that a service has translated are not looked at again by the filter chains: an endpoint
//   may have the address of a frontend.
// - Frontends without endpoints refuse the host's own packets, too, and cluster IPs those that come
//   in: KUBE-SERVICES hangs in INPUT as well, KUBE-EXTERNAL-SERVICES in OUTPUT.
// - Node ports without endpoints are refused where node ports are dialled, and nowhere else.
// - Source ranges hold also for a load balancer IP without endpoints.
// - What a frontend leaves untranslated is not taken for a node port's (`-j ACCEPT` at the end of
//   KUBE-EXT- and KUBE-FW-, only where a node port has the same number).
// - KUBE-CLUSTER-IPS, after all others, refuses what belongs to no service; with
//   reject_unassigned_ports off and no service CIDRs it is not there.
// - Several pod CIDRs of a family, of which kube-proxy takes the first, need a chain of their own.
//
// One thing stays as kube-proxy has it: an endpoint that dials itself is masqueraded wherever it
// runs, not only where it may be on this node.
//
// Affinity is xt_recent's, which remembers 100 clients for each endpoint unless its parameter
// ip_list_tot says otherwise. An endpoint that is its own frontend is not translated in conntrack's
// eyes, so that the filter chains may refuse it; so it is in nft.
//
// Left out, because they are about the host rather than services: KUBE-FIREWALL, which is
// kubelet's too (with node ports on 127.0.0.1 its rule is in KUBE-LOCALNET), canaries, nfacct
// counters.
namespace nftsvc::iptables {

struct CompileOptions {
  uint32_t mark_bits = 0x4000;  // on packets to be masqueraded
  bool fully_random = true;     // masquerade's source ports

  friend bool operator==(const CompileOptions&, const CompileOptions&) = default;
};

// What the table wants and iptables cannot say: all of it, an issue for each port of a service.
// Taking turns it can (`statistic --mode nth`, which starts over whenever the table is written);
// what depends on a hash it cannot.
model::Issues FindUnsupported(const forwarding::ForwardingTable& table);

// The tables of one family. Requires: FindUnsupported finds nothing.
Ruleset Compile(const forwarding::ForwardingTable& table, base::Family family,
                const CompileOptions& options);

}  // namespace nftsvc::iptables
