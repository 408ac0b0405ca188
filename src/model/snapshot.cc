// SPDX-License-Identifier: Apache-2.0
#include "src/model/snapshot.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "src/base/shrink.h"
#include "src/model/service_size.h"

namespace nftsvc::model {

using base::Family;
using base::IpAddress;

FrontendKey NodePort(Family family, base::Protocol protocol, uint16_t port) {
  return {
      .node_port = true, .address = base::Unspecified(family), .protocol = protocol, .port = port};
}

std::string FrontendKey::ToString() const {
  const absl::string_view name = base::ProtocolName(protocol);
  if (node_port) return absl::StrCat("node port ", port, "/", name);
  return absl::StrCat(base::HostPort(address, port), "/", name);
}

std::vector<FrontendKey> FrontendsOf(const Service& service) {
  std::vector<FrontendKey> frontends;
  frontends.reserve(FrontendCount(service));
  for (const Port& port : service.ports) {
    for (const auto* addresses :
         {&service.cluster_ips, &service.external_ips, &service.load_balancer_ips}) {
      for (const IpAddress& address : *addresses) {
        frontends.push_back({.address = address, .protocol = port.protocol, .port = port.port});
      }
    }
    for (const Family family : base::kFamilies) {
      if (port.node_port == 0 || !HasNodePortsIn(service, family)) continue;
      frontends.push_back(NodePort(family, port.protocol, port.node_port));
    }
  }
  if (service.health_check_node_port != 0) {
    for (const Family family : base::kFamilies) {
      frontends.push_back(NodePort(family, base::Protocol::kTcp, service.health_check_node_port));
    }
  }
  return frontends;
}

ServicePtr Snapshot::Find(const ServiceName& name) const {
  const auto found = services_.find(name);
  return found == services_.end() ? nullptr : found->second;
}

const Service* Snapshot::Claimant(const FrontendKey& frontend) const {
  const auto found = claims_.find(frontend);
  return found == claims_.end() ? nullptr : found->second;
}

void Snapshot::Apply(const std::vector<ServiceChange>& changes) {
  // A frontend can pass from one service to another, so all are given up before any is claimed.
  for (const ServiceChange& change : changes) {
    if (change.before != nullptr) Release(*change.before);
  }
  // Changes come by name: each belongs close behind the one before.
  Services::iterator place = services_.begin();
  for (const ServiceChange& change : changes) {
    place = services_.try_emplace(place, change.name);
    if (change.after == nullptr) {
      place = services_.erase(place);
    } else {
      place->second = change.after;
      Claim(*change.after);
    }
  }
  base::ShrinkIfSparse(claims_);
}

void Snapshot::Claim(const Service& service) {
  for (const FrontendKey& frontend : FrontendsOf(service)) claims_.emplace(frontend, &service);
  if (service.health_check_node_port != 0) {
    health_check_ports_.insert(service.health_check_node_port);
    ++health_check_version_;
  }
  port_count_ += service.ports.size();
  endpoint_count_ += EndpointCount(service);
  endpoint_elements_ += EndpointElements(service);
  source_elements_ += SourceElements(service);
}

void Snapshot::Release(const Service& service) {
  for (const FrontendKey& frontend : FrontendsOf(service)) claims_.erase(frontend);
  if (service.health_check_node_port != 0) {
    health_check_ports_.erase(service.health_check_node_port);
    ++health_check_version_;
  }
  port_count_ -= service.ports.size();
  endpoint_count_ -= EndpointCount(service);
  endpoint_elements_ -= EndpointElements(service);
  source_elements_ -= SourceElements(service);
}

std::vector<ServiceChange> Reversed(std::vector<ServiceChange> changes) {
  std::reverse(changes.begin(), changes.end());
  for (ServiceChange& change : changes) std::swap(change.before, change.after);
  return changes;
}

std::vector<ServiceChange> Joined(const std::vector<ServiceChange>& changes) {
  absl::btree_map<ServiceName, ServiceChange> by_name;
  for (const ServiceChange& change : changes) {
    const auto [entry, is_first] = by_name.try_emplace(change.name, change);
    if (!is_first) entry->second.after = change.after;
  }
  std::vector<ServiceChange> joined;
  for (auto& [name, change] : by_name) {
    const bool both = change.before != nullptr && change.after != nullptr;
    if (both ? *change.before != *change.after : change.before != change.after) {
      joined.push_back(std::move(change));
    }
  }
  return joined;
}

}  // namespace nftsvc::model
