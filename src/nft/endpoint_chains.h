// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "src/nft/compile.h"

namespace nftsvc::nft {

// Whether the endpoints of this port have chains of their own: in layout VERDICT_MAPS almost all
// do, in FLAT those that keep clients. A port that is balanced by a hash has none, because
// nft 1.0.6 cannot load a verdict map whose key holds an IPv6 address and a hash.
bool HasEndpointChains(const forwarding::PortRoutes& port, const CompileOptions& options);

// Adds the chains of the port's endpoints, and the maps of the clients that they keep. A chain is
//
//   chain endpoint-default/web/tcp/80/10.0.0.2/8080 {
//     update @affinity-default/web/tcp/80/8080 { ip saddr timeout 3h : 10.0.0.2 }
//     jump affinity-default/web/tcp/80/8080      # translates to the endpoint that the client has
//     meta l4proto tcp meta l4proto @unsticky dnat to 10.0.0.2:8080        # the map had no room
//   }
//
// The drawn endpoint becomes that of a client which has none; any other client goes where it went
// before. So the cost does not depend on the number of endpoints. A map holds addresses only: nft
// 1.0.6 cannot list an update whose data is longer than one IPv6 address. Hence a map for each port
// number of endpoints; where there are several, an endpoint's chain looks into each before it takes
// a client in, always in the same order:
//
//     ip saddr @affinity-….9090 update @affinity-….9090 { ip saddr timeout 3h : 10.0.0.7 } jump …
void AddEndpointChains(const forwarding::ServiceRoutes& service, const forwarding::PortRoutes& port,
                       const CompileOptions& options, Parts& parts);

}  // namespace nftsvc::nft
