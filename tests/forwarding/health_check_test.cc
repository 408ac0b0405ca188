// SPDX-License-Identifier: Apache-2.0
#include "src/forwarding/health_check.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "tests/support/builders.h"

namespace nftsvc::forwarding {
namespace {

using base::Family;
using testing::EndpointAt;
using testing::EndpointOn;
using testing::NodeA;
using testing::PortOf;
using testing::SnapshotOf;
using testing::Web;

constexpr uint16_t kPort = 30000;

model::Service Checked(std::vector<model::Endpoint> endpoints) {
  model::Service service = Web(std::move(endpoints));
  service.health_check_node_port = kPort;
  return service;
}

size_t LocalEndpoints(const model::Service& service, Family family = Family::kIPv4) {
  const auto check = HealthCheckAt(SnapshotOf({service}), NodeA(), family, kPort);
  EXPECT_TRUE(check.has_value());
  if (!check) return 0;
  EXPECT_EQ(check->service, service.name);
  return check->local_endpoints;
}

TEST(HealthCheckTest, CountsEndpointsOfThisNodeOnly) {
  EXPECT_EQ(LocalEndpoints(Checked({})), 0u);
  EXPECT_EQ(LocalEndpoints(
                Checked({EndpointOn("node-a", "10.0.0.2:80"), EndpointOn("node-a", "10.0.0.3:80"),
                         EndpointOn("node-b", "10.0.1.2:80"), EndpointAt("10.0.2.2:80")})),
            2u);
}

TEST(HealthCheckTest, ANodeWithoutANameHasNoEndpointsThatItKnowsOf) {
  HostFacts host = NodeA();
  host.node_name = "";
  const auto check =
      HealthCheckAt(SnapshotOf({Checked({EndpointAt("10.0.0.2:80")})}), host, Family::kIPv4, kPort);
  EXPECT_EQ(check->local_endpoints, 0u);
}

TEST(HealthCheckTest, CountsAnAddressOnceHoweverManyPortsItServes) {
  model::Service service =
      Checked({EndpointOn("node-a", "10.0.0.2:80"), EndpointOn("node-a", "10.0.0.2:81")});
  service.ports.push_back(
      PortOf("53/udp", {EndpointOn("node-a", "10.0.0.2:53"), EndpointOn("node-a", "10.0.0.3:53")}));
  EXPECT_EQ(LocalEndpoints(service), 2u);
}

TEST(HealthCheckTest, CountsWhoTakesNewConnectionsAndNobodyElse) {
  for (const bool ready : {true, false}) {
    for (const bool terminating : {true, false}) {
      for (const uint16_t weight : {uint16_t{0}, uint16_t{1}, uint16_t{7}}) {
        model::Endpoint endpoint = EndpointOn("node-a", "10.0.0.2:80");
        endpoint.ready = ready;
        endpoint.terminating = terminating;
        endpoint.weight = weight;
        const bool counts = ready && !terminating && weight > 0;
        EXPECT_EQ(LocalEndpoints(Checked({endpoint})), counts ? 1u : 0u)
            << ready << terminating << weight;
      }
    }
  }
}

TEST(HealthCheckTest, EachFamilyCountsItsOwn) {
  const model::Service service =
      Checked({EndpointOn("node-a", "10.0.0.2:80"), EndpointOn("node-a", "[fd00:10::2]:80"),
               EndpointOn("node-a", "[fd00:10::3]:80")});
  EXPECT_EQ(LocalEndpoints(service, Family::kIPv4), 1u);
  EXPECT_EQ(LocalEndpoints(service, Family::kIPv6), 2u);
}

TEST(HealthCheckTest, OtherPortsHaveNone) {
  model::Service service = Checked({EndpointOn("node-a", "10.0.0.2:80")});
  service.ports[0].node_port = 30080;
  const model::Snapshot snapshot = SnapshotOf({service});
  EXPECT_EQ(HealthCheckAt(snapshot, NodeA(), Family::kIPv4, 30080), std::nullopt);
  EXPECT_EQ(HealthCheckAt(snapshot, NodeA(), Family::kIPv4, kPort + 1), std::nullopt);
}

}  // namespace
}  // namespace nftsvc::forwarding
