// SPDX-License-Identifier: Apache-2.0
// EncodeService, and EncodeSnapshot for all of them.
#include <string>
#include <vector>

#include "src/wire/snapshot_codec.h"

namespace nftsvc::wire {
namespace {

// RANDOM and CLUSTER are the defaults, which are left out.
v1::Balancing EncodeBalancing(model::Balancing balancing) {
  switch (balancing) {
    case model::Balancing::kRandom:
      break;
    case model::Balancing::kRoundRobin:
      return v1::ROUND_ROBIN;
    case model::Balancing::kSourceHash:
      return v1::SOURCE_HASH;
    case model::Balancing::kFlowHash:
      return v1::FLOW_HASH;
    case model::Balancing::kMaglev:
      return v1::MAGLEV;
  }
  return v1::BALANCING_UNSPECIFIED;
}

v1::TrafficPolicy EncodePolicy(model::TrafficPolicy policy) {
  return policy == model::TrafficPolicy::kLocal ? v1::LOCAL : v1::TRAFFIC_POLICY_UNSPECIFIED;
}

using Texts = google::protobuf::RepeatedPtrField<std::string>;

template <typename T>
void EncodeTexts(const std::vector<T>& values, Texts& texts) {
  texts.Reserve(static_cast<int>(values.size()));
  for (const T& value : values) {
    if constexpr (requires { value.ToString(); }) {
      *texts.Add() = value.ToString();
    } else {
      *texts.Add() = value;
    }
  }
}

void EncodeEndpoint(const model::Endpoint& endpoint, v1::Endpoint& message) {
  message.set_address(endpoint.address.ToString());
  message.set_port(endpoint.port);
  if (endpoint.weight != 1) message.set_weight(endpoint.weight);
  if (!endpoint.name.empty()) message.set_name(std::string(endpoint.name));
  if (!endpoint.ready) message.set_ready(false);
  if (!endpoint.serving) message.set_serving(false);
  message.set_terminating(endpoint.terminating);
  const model::Placement& placement = *endpoint.placement;
  if (!placement.node.empty()) message.set_node(placement.node);
  if (!placement.zone.empty()) message.set_zone(placement.zone);
  EncodeTexts(placement.zone_hints, *message.mutable_zone_hints());
  EncodeTexts(placement.node_hints, *message.mutable_node_hints());
}

void EncodePort(const model::Port& port, v1::Port& message) {
  message.set_name(port.name);
  message.set_protocol(EncodeProtocol(port.protocol));
  message.set_port(port.port);
  message.set_node_port(port.node_port);
  message.set_balancing(EncodeBalancing(port.balancing));
  message.mutable_endpoints()->Reserve(static_cast<int>(port.endpoints.size()));
  for (const model::Endpoint& endpoint : port.endpoints) {
    EncodeEndpoint(endpoint, *message.add_endpoints());
  }
}

void Encode(const model::Service& service, v1::Service& message) {
  message.set_namespace_(service.name.name_space);
  message.set_name(service.name.name);
  message.mutable_labels()->insert(service.labels.begin(), service.labels.end());
  EncodeTexts(service.cluster_ips, *message.mutable_cluster_ips());
  EncodeTexts(service.external_ips, *message.mutable_external_ips());
  EncodeTexts(service.load_balancer_ips, *message.mutable_load_balancer_ips());
  EncodeTexts(service.load_balancer_source_ranges, *message.mutable_load_balancer_source_ranges());
  message.set_internal_traffic_policy(EncodePolicy(service.internal_traffic_policy));
  message.set_external_traffic_policy(EncodePolicy(service.external_traffic_policy));
  if (service.client_ip_affinity.has_value()) {
    message.mutable_session_affinity()->set_client_ip_timeout_seconds(
        static_cast<uint32_t>(service.client_ip_affinity->count()));
  }
  message.set_health_check_node_port(service.health_check_node_port);
  for (const model::Port& port : service.ports) EncodePort(port, *message.add_ports());
}

}  // namespace

v1::Protocol EncodeProtocol(base::Protocol protocol) {
  switch (protocol) {
    case base::Protocol::kTcp:
      return v1::TCP;
    case base::Protocol::kUdp:
      return v1::UDP;
    case base::Protocol::kSctp:
      return v1::SCTP;
  }
  return v1::PROTOCOL_UNSPECIFIED;
}

v1::Service EncodeService(const model::Service& service) {
  v1::Service message;
  Encode(service, message);
  return message;
}

v1::Snapshot EncodeSnapshot(const model::Snapshot& snapshot) {
  v1::Snapshot message;
  message.mutable_services()->Reserve(static_cast<int>(snapshot.services().size()));
  for (const auto& [name, service] : snapshot.services()) Encode(*service, *message.add_services());
  return message;
}

}  // namespace nftsvc::wire
