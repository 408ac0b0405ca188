// SPDX-License-Identifier: Apache-2.0
#include "src/model/service_size.h"

#include "gtest/gtest.h"
#include "tests/model/drafts.h"

namespace nftsvc::model {
namespace {

Endpoint At(absl::string_view address, uint16_t weight = 1) {
  Endpoint endpoint;
  endpoint.address = Ip(address);
  endpoint.port = 8080;
  endpoint.weight = weight;
  return endpoint;
}

Service WithEndpoints(std::vector<Endpoint> endpoints) {
  Service service = *WebService("a", {"10.0.0.1", "10.0.0.2", "fd00::1"}, 30080);
  service.external_ips = {Ip("192.0.2.1")};
  service.load_balancer_ips = {Ip("192.0.2.2")};
  service.ports[0].endpoints = std::move(endpoints);
  return service;
}

TEST(FrontendCountTest, CountsWhatFrontendsOfLists) {
  Service service = WithEndpoints({});
  EXPECT_EQ(FrontendCount(service), 7u);
  EXPECT_EQ(FrontendsOf(service).size(), 7u);
  service.health_check_node_port = 30000;
  EXPECT_EQ(FrontendCount(service), 9u);
  EXPECT_EQ(FrontendsOf(service).size(), 9u);
}

TEST(EndpointElementsTest, CountsEndpointsForEachFrontendOfTheirFamily) {
  EXPECT_EQ(EndpointElements(WithEndpoints({})), 0u);
  // Four addresses and the node port.
  EXPECT_EQ(EndpointElements(WithEndpoints({At("10.1.0.1"), At("10.1.0.2")})), 2 * 5u);
  // One address and the node port.
  EXPECT_EQ(EndpointElements(WithEndpoints({At("fd00::2")})), 2u);
}

TEST(EndpointElementsTest, CountsTwiceWhatIsExternalUnderALocalPolicy) {
  Service service = WithEndpoints({At("10.1.0.1")});
  service.external_traffic_policy = TrafficPolicy::kLocal;
  EXPECT_EQ(EndpointElements(service), 2 + 2 * 3u);
}

TEST(EndpointElementsTest, CountsTheSlotsOfWeights) {
  const auto slots = [](std::vector<Endpoint> endpoints) {
    return EndpointElements(WithEndpoints(std::move(endpoints))) / 5;
  };
  EXPECT_EQ(slots({At("10.1.0.1", 7), At("10.1.0.2", 7)}), 2u);
  EXPECT_EQ(slots({At("10.1.0.1", 2), At("10.1.0.2", 4)}), 3u);
  EXPECT_EQ(slots({At("10.1.0.1", 0), At("10.1.0.2", 4)}), 1u);
  EXPECT_EQ(slots({At("10.1.0.1", 1), At("10.1.0.2", 1023)}), 1024u);
  EXPECT_EQ(slots({At("10.1.0.1", 1), At("10.1.0.2", 65535)}), 1026u);
}

TEST(EndpointElementsTest, ASlotCountStaysBelowItsLimit) {
  std::vector<Endpoint> endpoints(20'000, At("10.1.0.1", 3));
  endpoints[0].weight = 65535;
  EXPECT_EQ(EndpointElements(WithEndpoints(std::move(endpoints))), 5 * 32'768u);
}

TEST(SourceElementsTest, CountsRangesForEachLoadBalancerFrontendOfTheirFamily) {
  Service service = WithEndpoints({});
  EXPECT_EQ(SourceElements(service), 0u);
  service.load_balancer_source_ranges = {*base::IpPrefix::Parse("fd00::/8")};
  EXPECT_EQ(SourceElements(service), 0u) << "of the other family";
  service.load_balancer_source_ranges = {*base::IpPrefix::Parse("10.0.0.0/8"),
                                         *base::IpPrefix::Parse("192.0.2.0/24")};
  EXPECT_EQ(SourceElements(service), 3u) << "and the load balancer's own address";
  service.load_balancer_ips.push_back(Ip("192.0.2.3"));
  EXPECT_EQ(SourceElements(service), 2 * 4u);
  service.ports.push_back(service.ports[0]);
  EXPECT_EQ(SourceElements(service), 2 * 2 * 4u);
}

}  // namespace
}  // namespace nftsvc::model
