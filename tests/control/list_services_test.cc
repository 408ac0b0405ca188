// SPDX-License-Identifier: Apache-2.0
#include "src/control/list_services.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/forwarding/resolve.h"
#include "tests/support/builders.h"

namespace nftsvc::control {
namespace {

using ::testing::ElementsAre;

v1::ServiceSummary Summary(const model::Service& service,
                           const reconcile::Connections& connections = {}) {
  return Summarize(service, forwarding::Resolve(service, testing::NodeA(), forwarding::NoSlots),
                   connections);
}

TEST(ListServicesTest, FindsServicesByTheirPrintedNames) {
  model::Service nameless = testing::WebAt({});
  nameless.name = {"", "alone"};
  nameless.cluster_ips = {testing::Ip("10.96.0.2")};
  const model::Snapshot snapshot = testing::SnapshotOf({testing::WebAt({}), nameless});
  EXPECT_EQ(FindService(snapshot, "default/web")->name.name, "web");
  EXPECT_EQ(FindService(snapshot, "alone")->name.name, "alone");
  EXPECT_EQ(FindService(snapshot, "web"), nullptr);
  EXPECT_EQ(FindService(snapshot, "default/"), nullptr);
  EXPECT_EQ(FindService(snapshot, ""), nullptr);
}

TEST(ListServicesTest, FrontendsAreThoseOfThePort) {
  model::Service web = testing::WebAt({"10.0.0.2:80"});
  web.external_ips = {testing::Ip("198.51.100.1")};
  web.ports[0].name = "http";
  web.ports[0].node_port = 30080;
  web.ports.push_back(testing::PortOf("443/tcp", {}));
  web.ports[1].name = "https";
  const v1::ServiceSummary summary = Summary(web);
  EXPECT_EQ(summary.service(), "default/web");
  ASSERT_EQ(summary.ports_size(), 2);
  EXPECT_EQ(summary.ports(0).name(), "http");
  EXPECT_EQ(summary.ports(0).protocol(), v1::TCP);
  EXPECT_THAT(summary.ports(0).frontends(),
              ElementsAre("10.96.0.1:80", "198.51.100.1:80", "*:30080"));
  EXPECT_THAT(summary.ports(1).frontends(), ElementsAre("10.96.0.1:443", "198.51.100.1:443"));
}

TEST(ListServicesTest, ANodePortOfBothFamiliesIsNamedOnce) {
  model::Service web = testing::WebAt({});
  web.cluster_ips = {testing::Ip("10.96.0.1"), testing::Ip("fd00::1")};
  web.ports[0].node_port = 30080;
  EXPECT_THAT(Summary(web).ports(0).frontends(),
              ElementsAre("10.96.0.1:80", "[fd00::1]:80", "*:30080"));
}

TEST(ListServicesTest, EndpointsThatTakeNoConnectionsAreListedButNotUsable) {
  model::Service web = testing::WebAt({"10.0.0.2:80", "10.0.0.3:80", "10.0.0.4:80"});
  web.ports[0].endpoints[1].ready = false;
  web.ports[0].endpoints[2].weight = 0;
  const v1::PortSummary port = Summary(web).ports(0);
  EXPECT_EQ(port.endpoints(), 3u);
  EXPECT_EQ(port.usable_endpoints(), 1u);
  ASSERT_EQ(port.endpoint_connections_size(), 3);
  EXPECT_EQ(port.endpoint_connections(1).address(), "10.0.0.3:80");
}

TEST(ListServicesTest, ConnectionsAreSummedOverTheFrontendsOfThePort) {
  model::Service dns = testing::WebAt({"10.0.0.2:53"});
  dns.ports[0].protocol = base::Protocol::kTcp;
  dns.ports[0].port = 53;
  dns.ports[0].node_port = 30053;
  dns.ports[0].endpoints[0].name = "pod-a";
  dns.ports.push_back(testing::PortOf("53/udp", {testing::EndpointAt("10.0.0.2:53")}));
  const model::FrontendKey tcp = testing::FrontendAt("10.96.0.1:53/tcp");
  const model::FrontendKey node = testing::FrontendAt("node port 30053/tcp");
  const model::FrontendKey udp = testing::FrontendAt("10.96.0.1:53/udp");
  const forwarding::SlotAddress endpoint = testing::At("10.0.0.2:53");
  const v1::ServiceSummary summary = Summary(
      dns, {.frontends = {{tcp, 5}, {node, 2}, {udp, 70}},
            .endpoints = {{{tcp, endpoint}, 4}, {{node, endpoint}, 2}, {{udp, endpoint}, 70}}});
  EXPECT_EQ(summary.ports(0).connections(), 7u);
  EXPECT_EQ(summary.ports(0).endpoint_connections(0).name(), "pod-a");
  EXPECT_EQ(summary.ports(0).endpoint_connections(0).connections(), 6u);
  EXPECT_EQ(summary.ports(1).connections(), 70u);
  EXPECT_EQ(summary.ports(1).endpoint_connections(0).connections(), 70u);
}

}  // namespace
}  // namespace nftsvc::control
