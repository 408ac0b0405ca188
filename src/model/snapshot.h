// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "src/base/ip_address.h"
#include "src/base/protocol.h"
#include "src/model/service.h"

namespace nftsvc::model {

// One service, validated. Immutable, so that states can share it.
using ServicePtr = std::shared_ptr<const Service>;

// The address or node port that clients dial. Two services may not claim one.
struct FrontendKey {
  bool node_port = false;
  base::IpAddress address;  // 0.0.0.0 or :: of its family for a node port
  base::Protocol protocol = base::Protocol::kTcp;
  uint16_t port = 0;

  std::string ToString() const;  // "10.0.0.1:80/tcp", "node port 30080/tcp"

  friend auto operator<=>(const FrontendKey&, const FrontendKey&) = default;

  template <typename H>
  friend H AbslHashValue(H h, const FrontendKey& k) {
    return H::combine(std::move(h), k.node_port, k.address, k.protocol, k.port);
  }
};

FrontendKey NodePort(base::Family family, base::Protocol protocol, uint16_t port);

// Every frontend that a service claims, each once, in a fixed order. The health check's port is one
// too: a node port in both families.
std::vector<FrontendKey> FrontendsOf(const Service& service);

// What happens to one service: `before` is null if it is new, `after` is null if it goes.
struct ServiceChange {
  ServiceName name;
  ServicePtr before;
  ServicePtr after;
};

// The accepted services, and who claims which frontend. Everything in it has passed Validate.
//
// Changes are found by Validate and take effect with Apply, which cannot fail; applying the
// reversed changes gives the old snapshot back.
class Snapshot {
 public:
  using Services = absl::btree_map<ServiceName, ServicePtr>;

  const Services& services() const { return services_; }

  // Null if there is no such service.
  ServicePtr Find(const ServiceName& name) const;

  // Null if nobody claims it.
  const Service* Claimant(const FrontendKey& frontend) const;

  size_t endpoint_count() const { return endpoint_count_; }
  size_t port_count() const { return port_count_; }
  size_t frontend_count() const { return claims_.size(); }

  // The sums of EndpointElements and of SourceElements of all services.
  size_t endpoint_elements() const { return endpoint_elements_; }
  size_t source_elements() const { return source_elements_; }

  // TCP ports of health checks, and a number that grows when they may have changed.
  const absl::btree_set<uint16_t>& health_check_ports() const { return health_check_ports_; }
  uint64_t health_check_version() const { return health_check_version_; }

  // Requires: each change's `before` is what the snapshot holds under that name.
  void Apply(const std::vector<ServiceChange>& changes);

 private:
  void Claim(const Service& service);
  void Release(const Service& service);

  Services services_;
  absl::flat_hash_map<FrontendKey, const Service*> claims_;
  absl::btree_set<uint16_t> health_check_ports_;
  uint64_t health_check_version_ = 0;
  size_t endpoint_count_ = 0;
  size_t port_count_ = 0;
  size_t endpoint_elements_ = 0;
  size_t source_elements_ = 0;
};

// The same changes backwards.
std::vector<ServiceChange> Reversed(std::vector<ServiceChange> changes);

// One change for each service, of changes that come one after the other: what they make of it
// together, sorted by name. None where that is what was there before.
std::vector<ServiceChange> Joined(const std::vector<ServiceChange>& changes);

}  // namespace nftsvc::model
