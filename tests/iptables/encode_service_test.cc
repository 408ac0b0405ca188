// SPDX-License-Identifier: Apache-2.0
#include "src/iptables/encode_service.h"

#include <gtest/gtest.h>

#include "src/model/placement_pool.h"
#include "src/wire/snapshot_codec.h"
#include "src/wire/textproto.h"

namespace nftsvc::iptables {
namespace {

TEST(EncodeServiceTest, EncodesWhatRulesTellAsTheDaemonDoes) {
  model::PlacementPool pool;
  const model::SharedPlacement here =
      pool.Share({.node = "node-a", .zone = "", .zone_hints = {}, .node_hints = {}});
  const model::SharedPlacement anywhere = pool.Share({});
  model::Service service;
  service.name = {.name_space = "default", .name = "web"};
  service.cluster_ips = {*base::IpAddress::Parse("10.96.0.7"), *base::IpAddress::Parse("fd00::7")};
  service.external_ips = {*base::IpAddress::Parse("192.0.2.1")};
  service.load_balancer_ips = {*base::IpAddress::Parse("203.0.113.9")};
  service.load_balancer_source_ranges = {*base::IpPrefix::Parse("198.51.100.0/24")};
  service.internal_traffic_policy = model::TrafficPolicy::kLocal;
  service.external_traffic_policy = model::TrafficPolicy::kLocal;
  service.client_ip_affinity = std::chrono::seconds(600);
  service.health_check_node_port = 32100;
  for (const auto protocol : {base::Protocol::kTcp, base::Protocol::kUdp, base::Protocol::kSctp}) {
    model::Port& port = service.ports.emplace_back();
    port.name = std::string(base::ProtocolName(protocol));
    port.protocol = protocol;
    port.port = 80;
    port.node_port = 30080;
    for (const uint16_t weight : {1, 0, 7}) {
      model::Endpoint& endpoint = port.endpoints.emplace_back();
      endpoint.address = *base::IpAddress::Parse("10.244.1.5");
      endpoint.port = 8080;
      endpoint.weight = weight;
      endpoint.placement = weight == 1 ? here : anywhere;
    }
  }
  service.ports[1].balancing = model::Balancing::kRoundRobin;
  EXPECT_EQ(EncodeService(service).DebugString(), wire::EncodeService(service).DebugString());

  model::Service least;
  least.name.name = "least";
  EXPECT_EQ(EncodeService(least).ShortDebugString(), "name: \"least\"");
}

}  // namespace
}  // namespace nftsvc::iptables
