// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "src/base/family.h"
#include "src/base/ip_address.h"
#include "src/forwarding/routes.h"
#include "src/nft/element.h"

// Names of what a port of a service has for itself. nft's identifiers hold letters, digits and
// "/", "_", "." and "-" (its scanner, nftables 1.0.6: src/scanner.l), at most 255 bytes
// (NFT_NAME_MAXLEN).
namespace nftsvc::nft {

// "checked-random-3": the chain that drops sources which may not dial the frontend, and has the
// others go on to random-3.
inline constexpr absl::string_view kCheckedPrefix = "checked-";

// Where an element of `services` goes whose frontend has no endpoints, but sources that may not
// even dial a node port at its address. What it counts is no connection.
inline constexpr absl::string_view kCheckedNodePorts = "checked-node-ports";

// What names of the local pool end in.
inline constexpr absl::string_view kLocalSuffix = "/local";

// "default/my-service/tcp/80". Different for each port of the snapshot; a very long name is cut and
// told apart by a hash ("default/my-ser…/0123456789abcdef0123456789abcdef/tcp/80").
std::string OwnerName(const model::ServiceName& service, base::Protocol protocol, uint16_t port);

// "endpoint-default/my-service/tcp/80/10.0.0.2/8080"; with local, "…/local": the chain of an
// endpoint as one of the local pool. Colons of IPv6 addresses become "-".
std::string EndpointChainName(absl::string_view owner, const base::IpAddress& address,
                              uint16_t port, bool local);

// The endpoint that a chain of this name is of, as EndpointValue; nothing if it is none of ours.
std::optional<Bytes> EndpointOfChain(base::Family family, absl::string_view chain);

// The endpoint that an element of a map of endpoints, or of their chains, leads to. Nothing for
// other elements, and for a catch-all one, whose frontend and slot are none.
std::optional<Bytes> EndpointOf(const Element& element);

// "affinity-default/my-service/tcp/80/8080": the map of the clients whose endpoints have this port.
std::string AffinityName(absl::string_view owner, uint16_t endpoint_port, bool local);

// "clients-default/my-service/tcp/80": the chain that knows where clients go who have an endpoint.
// `owner` ends in kLocalSuffix for those of the local pool.
std::string ClientsChainName(absl::string_view owner);

}  // namespace nftsvc::nft
