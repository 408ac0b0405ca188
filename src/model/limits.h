// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

// Bounds on what one snapshot may hold, each with its reason. They bound the time and memory that a
// hostile snapshot can cost.
namespace nftsvc::model {

// Twice what the project is measured with.
inline constexpr size_t kMaxServices = 200'000;

inline constexpr size_t kMaxPortsPerService = 256;

// DNS label and subdomain, as Kubernetes names are (RFC 1123).
inline constexpr size_t kMaxNamespaceLength = 63;
inline constexpr size_t kMaxNameLength = 253;
inline constexpr size_t kMaxPortNameLength = 63;

inline constexpr size_t kMaxClusterIps = 16;
inline constexpr size_t kMaxExternalIps = 64;
inline constexpr size_t kMaxLoadBalancerIps = 64;
inline constexpr size_t kMaxSourceRanges = 256;
inline constexpr size_t kMaxLabels = 64;
inline constexpr size_t kMaxLabelLength = 253;
inline constexpr size_t kMaxHints = 16;

// A slot is an index that the kernel draws. The slots of a frontend are numbered below 65,536; the
// lower half is for packets that the service's policy sends to its usual endpoints, the upper half
// for the endpoints of the whole cluster under an external policy of LOCAL.
inline constexpr size_t kMaxSlotsPerPort = 32'768;
inline constexpr size_t kMaxEndpointsPerPort = kMaxSlotsPerPort;

// Of all ports of a service, and of all services.
inline constexpr size_t kMaxEndpointsPerService = 524'288;
inline constexpr size_t kMaxEndpoints = 4'000'000;

// Names of nodes and zones, and of endpoints, which are DNS subdomains where Kubernetes gives them.
inline constexpr size_t kMaxEndpointTextLength = 253;

// Endpoint elements of all frontends together: each costs the kernel about 150 bytes.
inline constexpr size_t kMaxEndpointElements = 4'000'000;

// Frontends of all services together: addresses and ports multiply, so a few kilobytes of snapshot
// can ask for tens of thousands.
inline constexpr size_t kMaxFrontends = 1'000'000;

// Ranges of load_balancer_source_ranges of all load balancer frontends together, one element each:
// they multiply too. Ranges are kept in bitmaps that each new one reads and many copy, so a commit
// of them grows with the square of their number: 1.3 s for so many, 4.1 s for twice as many, 15 s
// for four times, of one service into empty tables (kernel 6.18, beside a build). Nobody else can
// commit meanwhile.
inline constexpr size_t kMaxSourceElements = 65'536;

// Different port numbers among the endpoints of a port with session affinity: each has a map and a
// rule of its own, which every new client passes.
inline constexpr size_t kMaxAffinityPortNumbers = 64;

// Unequal weights are written as slots: an endpoint of weight w gets w/gcd slots while the port
// needs at most this many in all. Above it the weights are scaled to this many slots (or to the
// number of endpoints times four, if that is more) by largest remainder, at least one slot each, so
// that a share is off by less than one slot, plus what the endpoints raised to one slot take.
inline constexpr size_t kMaxWeightedSlots = 1'024;

// Slots of a Maglev table: a prime, and so many for each endpoint that one which comes or goes
// moves hardly more than its own share (measured in tests/forwarding/maglev_test.cc). The larger
// one is for ports with more endpoints than a fiftieth of the smaller one.
inline constexpr size_t kMaglevSlots = 16'381;
inline constexpr size_t kLargeMaglevSlots = 32'749;
constexpr size_t MaglevTableSize(size_t endpoints) {
  return endpoints <= kMaglevSlots / 50 ? kMaglevSlots : kLargeMaglevSlots;
}

// Seconds. A day: longer bindings outlive the entries of any sane affinity table.
inline constexpr uint32_t kMaxAffinitySeconds = 86'400;
inline constexpr uint32_t kDefaultAffinitySeconds = 10'800;  // the Kubernetes API's default

// Issues that one answer lists; of more than that nobody reads all.
inline constexpr size_t kMaxIssues = 1'000;

// Where any mistake refuses everything, what comes behind so many is not looked at any more.
inline constexpr size_t kHopelessIssues = 10'000;

}  // namespace nftsvc::model
