// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/profiles.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "tests/bench/workload.h"

namespace nftsvc::bench {
namespace {

constexpr uint32_t kMixLargest = 1'000;  // endpoints of the largest service
constexpr uint32_t kMixStride = 7'919;   // a prime: spreads the ranks over the services
constexpr uint32_t kMixOneIn = 20;       // have a node port, and as many affinity
constexpr uint32_t kMixNodePorts = 20'000;
constexpr uint32_t kMostMixed = 100'000;  // node ports must fit

std::string AddressV6(absl::string_view prefix, uint32_t number) {
  return absl::StrFormat("%s::%x:%x", prefix, number >> 16, number & 0xffff);
}

// The service with rank 0 has kMixLargest endpoints, the next one half of that, then a third.
v1::Service MakeMixedService(uint32_t index, uint32_t services, uint32_t& endpoints_before) {
  const auto rank = static_cast<uint32_t>(uint64_t{index} * kMixStride % services);
  const uint32_t endpoints = std::max(kMixLargest / (rank + 1), 1u);
  v1::Service service = MakeService(index, endpoints, endpoints_before);
  service.add_cluster_ips(AddressV6("fd00:20", index));
  v1::Port& port = *service.mutable_ports(0);
  for (uint32_t i = 0; i < endpoints; ++i) {
    v1::Endpoint endpoint = port.endpoints(static_cast<int>(i));
    endpoint.set_address(AddressV6("fd00:10", endpoints_before + i));
    *port.add_endpoints() = std::move(endpoint);
  }
  if (index % kMixOneIn == 3) port.set_node_port(kMixNodePorts + index / kMixOneIn);
  if (index % kMixOneIn == 7) service.mutable_session_affinity();
  endpoints_before += endpoints;
  return service;
}

}  // namespace

absl::StatusOr<Profile> MakeProfile(absl::string_view name) {
  const auto unknown = absl::InvalidArgumentError(absl::StrCat("no profile ", name));
  Profile profile{std::string(name), {}};
  uint32_t services = 0;
  if (absl::string_view rest = name; absl::ConsumePrefix(&rest, "mix-")) {
    if (!absl::SimpleAtoi(rest, &services) || services == 0 || services > kMostMixed) {
      return unknown;
    }
    for (uint32_t i = 0, endpoints = 0; i < services; ++i) {
      *profile.snapshot.add_services() = MakeMixedService(i, services, endpoints);
    }
    return profile;
  }
  const std::vector<absl::string_view> parts = absl::StrSplit(name, 'x');
  uint32_t endpoints = 5;
  if (parts.size() > 2 || !absl::SimpleAtoi(parts[0], &services) || services == 0 ||
      (parts.size() == 2 && !absl::SimpleAtoi(parts[1], &endpoints))) {
    return unknown;
  }
  profile.name = absl::StrCat(services, "x", endpoints);
  profile.snapshot = MakeSnapshot(services, endpoints);
  return profile;
}

}  // namespace nftsvc::bench
