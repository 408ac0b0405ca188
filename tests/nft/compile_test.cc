// SPDX-License-Identifier: Apache-2.0
#include "src/nft/compile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/support/builders.h"

namespace nftsvc::nft {
namespace {

using model::TrafficPolicy;
using testing::Cidr;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using testing::EndpointOn;
using testing::Ip;
using ::testing::IsSupersetOf;
using testing::NodeA;
using ::testing::SizeIs;
using testing::SnapshotOf;
using ::testing::UnorderedElementsAre;
using testing::Web;
using testing::WebAt;

std::vector<std::string> Print(const std::vector<Element>& elements) {
  std::vector<std::string> lines;
  for (const Element& element : elements) {
    lines.push_back(
        absl::StrCat(DeclarationOf(element.id.set).name, " { ", PrintElement(element), " }"));
  }
  return lines;
}

std::vector<std::string> ElementsOf(const model::Service& service,
                                    const forwarding::HostFacts& host = NodeA()) {
  return Print(
      CompileService(forwarding::Resolve(service, host, forwarding::NoSlots), {}).elements);
}

TEST(CompileTest, AClusterIpIsDispatchedBalancedAndKnown) {
  EXPECT_THAT(
      ElementsOf(Web({EndpointOn("node-a", "10.0.0.2:80"), EndpointOn("node-b", "10.0.1.2:80")})),
      ElementsAre(
          "services { 10.96.0.1 . tcp . 80 comment \"default/web\" : goto outside-random-2 }",
          "endpoints { 10.96.0.1 . tcp . 80 . 0 : 10.0.0.2 . 80 }",
          "endpoints { 10.96.0.1 . tcp . 80 . 1 : 10.0.1.2 . 80 }", "cluster-ips { 10.96.0.1 }",
          "hairpin { 10.0.0.2 . 10.0.0.2 }"));
}

TEST(CompileTest, HowItIsMasqueradedIsPartOfTheWayToPick) {
  const model::Service web = WebAt({"10.0.0.2:80"});
  forwarding::HostFacts host = NodeA();
  host.masquerade_all = true;
  EXPECT_THAT(ElementsOf(web, host), Contains("services { 10.96.0.1 . tcp . 80 comment "
                                              "\"default/web\" : goto masquerade-random-1 }"));
  host.masquerade_all = false;
  host.pods = {};
  EXPECT_THAT(ElementsOf(web, host), Contains("services { 10.96.0.1 . tcp . 80 comment "
                                              "\"default/web\" : goto random-1 }"));
}

TEST(CompileTest, WithoutEndpointsAFrontendIsRejectedAndKnown) {
  EXPECT_THAT(ElementsOf(Web({})),
              ElementsAre("no-endpoints { 10.96.0.1 . tcp . 80 comment \"default/web\" : goto "
                          "reject-new }",
                          "cluster-ips { 10.96.0.1 }"));
}

TEST(CompileTest, ANodePortHasMapsOfItsOwn) {
  model::Service web = WebAt({"10.0.0.2:80"});
  web.ports[0].node_port = 30080;
  EXPECT_THAT(ElementsOf(web),
              IsSupersetOf({"node-ports { tcp . 30080 comment \"default/web\" : goto "
                            "node-port-masquerade-random-1 }",
                            "node-port-endpoints { tcp . 30080 . 0 : 10.0.0.2 . 80 }"}));
  web.ports[0].endpoints.clear();
  EXPECT_THAT(ElementsOf(web),
              Contains("no-endpoints-node-ports { tcp . 30080 comment \"default/web\" : goto "
                       "reject-new }"));
}

TEST(CompileTest, UnderAnExternalPolicyOfLocalTheClustersSlotsAreInTheUpperHalf) {
  model::Service web =
      Web({EndpointOn("node-a", "10.0.0.2:80"), EndpointOn("node-b", "10.0.1.2:80")});
  web.cluster_ips.clear();
  web.external_ips = {Ip("198.51.100.1")};
  web.external_traffic_policy = TrafficPolicy::kLocal;
  EXPECT_THAT(ElementsOf(web),
              ElementsAre("services { 198.51.100.1 . tcp . 80 comment \"default/web\" : goto "
                          "local-random-1-of-2 }",
                          "endpoints { 198.51.100.1 . tcp . 80 . 0 : 10.0.0.2 . 80 }",
                          "endpoints { 198.51.100.1 . tcp . 80 . 32768 : 10.0.0.2 . 80 }",
                          "endpoints { 198.51.100.1 . tcp . 80 . 32769 : 10.0.1.2 . 80 }",
                          "hairpin { 10.0.0.2 . 10.0.0.2 }"));
}

TEST(CompileTest, AFrontendMayForwardSomeAndDropOthers) {
  model::Service web = Web({EndpointOn("node-b", "10.0.1.2:80")});
  web.cluster_ips.clear();
  web.external_ips = {Ip("198.51.100.1")};
  web.external_traffic_policy = TrafficPolicy::kLocal;
  EXPECT_THAT(ElementsOf(web),
              ElementsAre("services { 198.51.100.1 . tcp . 80 comment \"default/web\" : goto "
                          "local-random-0-of-1 }",
                          "no-endpoints { 198.51.100.1 . tcp . 80 comment \"default/web\" : drop }",
                          "endpoints { 198.51.100.1 . tcp . 80 . 32768 : 10.0.1.2 . 80 }"));
}

TEST(CompileTest, SourceRangesAreKeptPerFrontend) {
  model::Service web = Web({});
  web.cluster_ips.clear();
  web.load_balancer_ips = {Ip("198.51.100.10")};
  web.load_balancer_source_ranges = {Cidr("10.0.0.0/8"), Cidr("203.0.113.5")};
  EXPECT_THAT(
      ElementsOf(web),
      IsSupersetOf({"services { 198.51.100.10 . tcp . 80 comment \"default/web\" : goto "
                    "checked-node-ports }",
                    "no-endpoints { 198.51.100.10 . tcp . 80 comment \"default/web\" : goto "
                    "reject-new }",
                    "allowed-sources { 198.51.100.10 . tcp . 80 . 10.0.0.0/8 }",
                    "allowed-sources { 198.51.100.10 . tcp . 80 . 203.0.113.5 }"}));
}

TEST(CompileTest, CommentsNameServicesAndEndpointsSafely) {
  model::Service web = WebAt({"10.0.0.2:80"});
  web.ports[0].name = "http";
  web.ports[0].endpoints[0].name = "pod \"a\"";
  EXPECT_THAT(ElementsOf(web),
              IsSupersetOf({"services { 10.96.0.1 . tcp . 80 comment \"default/web:http\" : goto "
                            "outside-random-1 }",
                            "endpoints { 10.96.0.1 . tcp . 80 . 0 comment \"pod _a_\" : 10.0.0.2 . "
                            "80 }"}));
}

TEST(CompileTest, TheHostYieldsProtocolsAndNodePortAddresses) {
  forwarding::HostFacts host = NodeA();
  host.node_port_addresses = {Ip("192.168.0.2"), Ip("127.0.0.1"), Ip("fd00:168::2")};
  EXPECT_THAT(Print(CompileElements(host)),
              UnorderedElementsAre("protocols { tcp }", "protocols { udp }", "protocols { sctp }",
                                   "protocols { tcp }", "protocols { udp }", "protocols { sctp }",
                                   "unsticky { tcp }", "unsticky { udp }", "unsticky { sctp }",
                                   "unsticky { tcp }", "unsticky { udp }", "unsticky { sctp }",
                                   "node-port-addresses { 192.168.0.2 }",
                                   "node-port-addresses { fd00:168::2 }"));
  host.node_ports_on_all_addresses = true;
  EXPECT_THAT(Print(CompileElements(host)), SizeIs(12));
}

TEST(CompileTest, WhatSeveralServicesYieldIsThereOnce) {
  model::Service other = WebAt({"10.0.0.2:81"});
  other.name = testing::Name("default/other");
  other.ports[0].port = 81;
  const Ruleset ruleset = Compile(forwarding::Resolve(SnapshotOf({WebAt({"10.0.0.2:80"}), other}),
                                                      NodeA(), forwarding::NoSlots),
                                  {});
  std::vector<std::string> shared;
  for (const std::string& line : Print(ruleset.elements)) {
    if (line == "cluster-ips { 10.96.0.1 }" || line == "hairpin { 10.0.0.2 . 10.0.0.2 }") {
      shared.push_back(line);
    }
  }
  EXPECT_THAT(shared, SizeIs(2));
  EXPECT_EQ(ruleset.counts[0][static_cast<size_t>(SetId::kClusterIps)], 1U);
  EXPECT_EQ(ruleset.counts[0][static_cast<size_t>(SetId::kServices)], 2U);
}

TEST(CompileTest, ChainsDoNotGrowWithServices) {
  std::vector<model::Service> services;
  const auto chains = [&] {
    const Ruleset ruleset =
        Compile(forwarding::Resolve(SnapshotOf(services), NodeA(), forwarding::NoSlots), {});
    return ruleset.skeleton.chains[0].size();
  };
  const size_t without = chains();
  std::vector<size_t> seen;
  for (int i = 1; i <= 50; ++i) {
    model::Service service = WebAt({"10.0.0.2:80", "10.0.0.3:80"});
    service.name.name = absl::StrCat("service-", i);
    service.cluster_ips = {Ip(absl::StrCat("10.96.0.", i))};
    services.push_back(service);
    seen.push_back(chains());
  }
  EXPECT_GT(seen.front(), without);
  EXPECT_THAT(seen, Each(seen.front()));
}

}  // namespace
}  // namespace nftsvc::nft
