// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "src/nft/compile.h"

namespace nftsvc::nft {

// Whether the endpoints of this port have chains of their own: in layout VERDICT_MAPS almost all
// do, in FLAT those that keep clients. A port that is balanced by a hash has none, because
// nft 1.0.6 cannot load a verdict map whose key holds an IPv6 address and a hash.
bool HasEndpointChains(const forwarding::PortRoutes& port, const CompileOptions& options);

// Adds the chains of the port's endpoints, and the maps of the clients that they keep:
//
//   chain clients-default/web/tcp/80 {                  # is asked before anything is drawn
//     ip saddr @affinity-default/web/tcp/80/8080 update @affinity-default/web/tcp/80/8080 { ip
//     saddr
//       timeout 3h : 10.0.0.2 } meta l4proto tcp dnat to ip saddr map @affinity-….8080:8080
//   }
//   chain endpoint-default/web/tcp/80/10.0.0.2/8080 {   # was drawn for a client that has none
//     update @affinity-default/web/tcp/80/8080 { ip saddr timeout 3h : 10.0.0.2 }
//     meta l4proto tcp dnat to ip saddr map @affinity-default/web/tcp/80/8080:8080
//     meta l4proto tcp meta l4proto @unsticky dnat to 10.0.0.2:8080            # there was no room
//   }
//
// An update of a client that is there starts its time anew and leaves its endpoint alone, whichever
// endpoint it names. So a client that returns costs the same for any number of endpoints, and of
// two packets that come at once with different draws the first decides. A map holds addresses only:
// nft 1.0.6 cannot list an update whose data is longer than one IPv6 address. Hence a map for each
// port number of endpoints, asked always in the same order.
//
// Kernels without matches_maps cannot tell that a client is in a map before they update it. With
// one map nothing needs to be asked there: whichever endpoint is drawn, the update and the map do
// right. With several, a client that is kept goes where it went, and its time is not started anew.
void AddEndpointChains(const forwarding::ServiceRoutes& service, const forwarding::PortRoutes& port,
                       const CompileOptions& options, Parts& parts);

}  // namespace nftsvc::nft
