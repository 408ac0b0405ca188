// SPDX-License-Identifier: Apache-2.0
#include "src/iptables/encode_service.h"

#include <string>
#include <vector>

namespace nftsvc::iptables {
namespace {

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

v1::TrafficPolicy EncodePolicy(model::TrafficPolicy policy) {
  return policy == model::TrafficPolicy::kLocal ? v1::LOCAL : v1::TRAFFIC_POLICY_UNSPECIFIED;
}

template <typename T>
void EncodeTexts(const std::vector<T>& values,
                 google::protobuf::RepeatedPtrField<std::string>& texts) {
  for (const T& value : values) *texts.Add() = value.ToString();
}

void EncodePort(const model::Port& port, v1::Port& message) {
  message.set_name(port.name);
  message.set_protocol(EncodeProtocol(port.protocol));
  message.set_port(port.port);
  message.set_node_port(port.node_port);
  if (port.balancing == model::Balancing::kRoundRobin) message.set_balancing(v1::ROUND_ROBIN);
  message.mutable_endpoints()->Reserve(static_cast<int>(port.endpoints.size()));
  for (const model::Endpoint& endpoint : port.endpoints) {
    v1::Endpoint& encoded = *message.add_endpoints();
    encoded.set_address(endpoint.address.ToString());
    encoded.set_port(endpoint.port);
    if (endpoint.weight != 1) encoded.set_weight(endpoint.weight);
    encoded.set_node(endpoint.placement->node);
  }
}

}  // namespace

v1::Service EncodeService(const model::Service& service) {
  v1::Service message;
  message.set_namespace_(service.name.name_space);
  message.set_name(service.name.name);
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
  return message;
}

}  // namespace nftsvc::iptables
