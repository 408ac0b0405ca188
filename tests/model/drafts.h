// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "src/base/ip_address.h"
#include "src/model/draft.h"
#include "src/model/issue.h"
#include "src/model/service.h"
#include "src/model/snapshot.h"

// What tests of the model are made of.
namespace nftsvc::model {

inline base::IpAddress Ip(absl::string_view text) { return base::IpAddress::Parse(text).value(); }

inline EndpointDraft EndpointAt(std::string address, uint32_t port = 8080) {
  EndpointDraft draft;
  draft.address = std::move(address);
  draft.port = port;
  return draft;
}

inline PortDraft TcpPort(uint32_t port, std::string name = "") {
  PortDraft draft;
  draft.name = std::move(name);
  draft.protocol = 1;
  draft.port = port;
  return draft;
}

// A valid service: TCP port 80 at one address, with one endpoint. Without an address: a node port.
inline ServiceDraft Web(std::string name, std::vector<std::string> cluster_ips,
                        uint32_t node_port = 0) {
  ServiceDraft draft;
  draft.name = std::move(name);
  draft.cluster_ips = std::move(cluster_ips);
  draft.ports = {TcpPort(80)};
  draft.ports[0].node_port = node_port;
  return draft;
}

inline ServicePtr WebService(std::string name, std::vector<std::string> cluster_ips,
                             uint16_t node_port = 0) {
  auto service = std::make_shared<Service>();
  service->name.name = std::move(name);
  for (const std::string& ip : cluster_ips) service->cluster_ips.push_back(Ip(ip));
  Port port;
  port.port = 80;
  port.node_port = node_port;
  service->ports = {port};
  return service;
}

inline Snapshot SnapshotOf(const std::vector<ServicePtr>& services) {
  std::vector<ServiceChange> changes;
  for (const ServicePtr& service : services) changes.push_back({service->name, nullptr, service});
  Snapshot snapshot;
  snapshot.Apply(changes);
  return snapshot;
}

inline std::vector<std::string> Printed(const Issues& issues) {
  std::vector<std::string> lines;
  for (const Issue& issue : issues) lines.push_back(issue.ToString());
  return lines;
}

}  // namespace nftsvc::model
