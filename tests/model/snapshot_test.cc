// SPDX-License-Identifier: Apache-2.0
#include "src/model/snapshot.h"

#include <string>
#include <vector>

#include "absl/hash/hash_testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/model/drafts.h"

namespace nftsvc::model {
namespace {

using ::testing::ElementsAre;
using ::testing::IsNull;

std::vector<std::string> Printed(const std::vector<FrontendKey>& frontends) {
  std::vector<std::string> lines;
  for (const FrontendKey& frontend : frontends) lines.push_back(frontend.ToString());
  return lines;
}

FrontendKey Key(absl::string_view address, uint16_t port = 80) {
  return {
      .node_port = false, .address = Ip(address), .protocol = base::Protocol::kTcp, .port = port};
}

TEST(FrontendKeyTest, Prints) {
  EXPECT_EQ(Key("10.0.0.1").ToString(), "10.0.0.1:80/tcp");
  EXPECT_EQ(Key("fd00::1").ToString(), "[fd00::1]:80/tcp");
  const FrontendKey node_port = {
      .node_port = true, .address = Ip("::"), .protocol = base::Protocol::kUdp, .port = 30080};
  EXPECT_EQ(node_port.ToString(), "node port 30080/udp");
}

TEST(FrontendKeyTest, HashesAllThatItCompares) {
  FrontendKey node_port = Key("0.0.0.0");
  node_port.node_port = true;
  FrontendKey udp = Key("10.0.0.1");
  udp.protocol = base::Protocol::kUdp;
  EXPECT_TRUE(absl::VerifyTypeImplementsAbslHashCorrectly(
      {Key("0.0.0.0"), node_port, Key("10.0.0.1"), udp, Key("10.0.0.1", 81), Key("::")}));
}

TEST(FrontendsOfTest, ListsAddressesAndNodePortsOfEveryPort) {
  Service service = *WebService("web", {"10.0.0.1"}, 30080);
  service.external_ips = {Ip("192.0.2.1")};
  service.load_balancer_ips = {Ip("fd00::1")};
  Port dns;
  dns.name = "dns";
  dns.protocol = base::Protocol::kUdp;
  dns.port = 53;
  service.ports.push_back(dns);
  EXPECT_THAT(
      Printed(FrontendsOf(service)),
      ElementsAre("10.0.0.1:80/tcp", "192.0.2.1:80/tcp", "[fd00::1]:80/tcp", "node port 30080/tcp",
                  "10.0.0.1:53/udp", "192.0.2.1:53/udp", "[fd00::1]:53/udp"));
}

TEST(FrontendsOfTest, NodePortsWithoutClusterIpsAreInBothFamilies) {
  const std::vector<FrontendKey> frontends = FrontendsOf(*WebService("web", {}, 30080));
  ASSERT_EQ(frontends.size(), 2u);
  EXPECT_EQ(frontends[0].address, Ip("0.0.0.0"));
  EXPECT_EQ(frontends[1].address, Ip("::"));
}

TEST(FrontendsOfTest, TheHealthCheckTakesATcpNodePortOfBothFamilies) {
  Service service = *WebService("web", {"10.0.0.1"});
  service.health_check_node_port = 30000;
  EXPECT_THAT(Printed(FrontendsOf(service)),
              ElementsAre("10.0.0.1:80/tcp", "node port 30000/tcp", "node port 30000/tcp"));
}

TEST(SnapshotTest, FindsServicesByNameAndByFrontend) {
  const ServicePtr a = WebService("a", {"10.0.0.1"});
  const Snapshot snapshot = SnapshotOf({a, WebService("b", {"10.0.0.2"}, 30080)});
  EXPECT_EQ(snapshot.Find({"", "a"}), a);
  EXPECT_THAT(snapshot.Find({"x", "a"}), IsNull());
  EXPECT_EQ(snapshot.Claimant(Key("10.0.0.1")), a.get());
  EXPECT_THAT(snapshot.Claimant(Key("10.0.0.3")), IsNull());
  EXPECT_THAT(snapshot.Claimant(Key("10.0.0.1", 81)), IsNull());
}

TEST(SnapshotTest, CountsWhatItHolds) {
  Service service = *WebService("a", {"10.0.0.1", "10.0.0.2"});
  service.ports[0].endpoints.resize(3);
  const ServicePtr a = std::make_shared<Service>(service);
  Snapshot snapshot = SnapshotOf({a, WebService("b", {}, 30080)});
  EXPECT_EQ(snapshot.port_count(), 2u);
  EXPECT_EQ(snapshot.endpoint_count(), 3u);
  EXPECT_EQ(snapshot.frontend_count(), 4u);
  EXPECT_EQ(snapshot.endpoint_elements(), 6u);
  snapshot.Apply({{a->name, a, nullptr}});
  EXPECT_EQ(snapshot.port_count(), 1u);
  EXPECT_EQ(snapshot.endpoint_count(), 0u);
  EXPECT_EQ(snapshot.frontend_count(), 2u);
  EXPECT_EQ(snapshot.endpoint_elements(), 0u);
}

TEST(SnapshotTest, FrontendsPassFromOneServiceToAnotherInEitherOrder) {
  const ServicePtr a1 = WebService("a", {"10.0.0.1"});
  const ServicePtr b1 = WebService("b", {"10.0.0.2"});
  const ServicePtr a2 = WebService("a", {"10.0.0.2"});
  const ServicePtr b2 = WebService("b", {"10.0.0.1"});
  const std::vector<ServiceChange> swap = {{a1->name, a1, a2}, {b1->name, b1, b2}};
  Snapshot snapshot = SnapshotOf({a1, b1});
  snapshot.Apply(swap);
  EXPECT_EQ(snapshot.Claimant(Key("10.0.0.1")), b2.get());
  EXPECT_EQ(snapshot.Claimant(Key("10.0.0.2")), a2.get());
  snapshot.Apply(Reversed(swap));
  EXPECT_EQ(snapshot.Claimant(Key("10.0.0.1")), a1.get());
  EXPECT_EQ(snapshot.Claimant(Key("10.0.0.2")), b1.get());
}

TEST(SnapshotTest, KnowsTheHealthCheckPortsAndWhenTheyMayHaveChanged) {
  const auto checked = [](const char* name, const char* address, uint16_t port) {
    auto service = std::make_shared<Service>(*WebService(name, {address}));
    service->health_check_node_port = port;
    return ServicePtr(service);
  };
  const ServicePtr a = checked("a", "10.0.0.1", 30001);
  const ServicePtr b = checked("b", "10.0.0.2", 30002);
  Snapshot snapshot = SnapshotOf({a, b});
  EXPECT_THAT(snapshot.health_check_ports(), ElementsAre(30001, 30002));

  const uint64_t version = snapshot.health_check_version();
  const ServicePtr plain = WebService("c", {"10.0.0.3"}, 30003);
  snapshot.Apply({{plain->name, nullptr, plain}});
  EXPECT_EQ(snapshot.health_check_version(), version);

  const std::vector<ServiceChange> swap = {{a->name, a, checked("a", "10.0.0.1", 30002)},
                                           {b->name, b, checked("b", "10.0.0.2", 0)}};
  snapshot.Apply(swap);
  EXPECT_THAT(snapshot.health_check_ports(), ElementsAre(30002));
  EXPECT_GT(snapshot.health_check_version(), version);
  snapshot.Apply(Reversed(swap));
  EXPECT_THAT(snapshot.health_check_ports(), ElementsAre(30001, 30002));
}

TEST(ReversedTest, SwapsBeforeAndAfterFromTheEnd) {
  const ServicePtr a = WebService("a", {"10.0.0.1"});
  const ServicePtr b = WebService("b", {"10.0.0.2"});
  const std::vector<ServiceChange> reversed =
      Reversed({{a->name, nullptr, a}, {b->name, b, nullptr}});
  ASSERT_EQ(reversed.size(), 2u);
  EXPECT_EQ(reversed[0].name.name, "b");
  EXPECT_EQ(reversed[0].before, nullptr);
  EXPECT_EQ(reversed[0].after, b);
  EXPECT_EQ(reversed[1].name.name, "a");
  EXPECT_EQ(reversed[1].before, a);
  EXPECT_EQ(reversed[1].after, nullptr);
}

TEST(JoinedTest, MakesOneChangeOfEachService) {
  const ServicePtr a1 = WebService("a", {"10.0.0.1"});
  const ServicePtr a2 = WebService("a", {"10.0.0.2"});
  const ServicePtr b = WebService("b", {"10.0.0.3"});
  const ServicePtr c = WebService("c", {"10.0.0.4"});
  const std::vector<ServiceChange> joined = Joined({{c->name, c, nullptr},
                                                    {a1->name, nullptr, a1},
                                                    {b->name, nullptr, b},
                                                    {a1->name, a1, a2},
                                                    {b->name, b, nullptr}});
  ASSERT_EQ(joined.size(), 2u);
  EXPECT_EQ(joined[0].name, a1->name);
  EXPECT_EQ(joined[0].before, nullptr);
  EXPECT_EQ(joined[0].after, a2);
  EXPECT_EQ(joined[1].before, c);
  EXPECT_EQ(joined[1].after, nullptr);
}

TEST(JoinedTest, AServiceThatIsAsBeforeIsNoChange) {
  const ServicePtr a = WebService("a", {"10.0.0.1"});
  const ServicePtr again = WebService("a", {"10.0.0.1"});
  EXPECT_TRUE(Joined({{a->name, a, nullptr}, {a->name, nullptr, again}}).empty());
}

}  // namespace
}  // namespace nftsvc::model
