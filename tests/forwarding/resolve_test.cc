// SPDX-License-Identifier: Apache-2.0
//
// Which endpoints serve which frontend: kube-proxy's choice, rule by rule.
#include "src/forwarding/resolve.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tests/support/builders.h"

namespace nftsvc::forwarding {
namespace {

using model::TrafficPolicy;
using testing::At;
using testing::AtEach;
using testing::Cidr;
using ::testing::ElementsAre;
using testing::EndpointAt;
using testing::EndpointOn;
using testing::FrontendAt;
using testing::Ip;
using ::testing::IsEmpty;
using testing::NodeA;
using testing::Web;
using testing::WebAt;

constexpr char kHere[] = "node-a";
constexpr char kThere[] = "node-b";

model::Endpoint Terminating(model::Endpoint endpoint) {
  endpoint.ready = false;
  endpoint.terminating = true;
  return endpoint;
}

model::Endpoint NotReady(model::Endpoint endpoint) {
  endpoint.ready = false;
  return endpoint;
}

model::Endpoint Hinting(model::Endpoint endpoint, std::vector<std::string> zones,
                        std::vector<std::string> nodes = {}) {
  model::Placement placement = *endpoint.placement;
  placement.zone_hints = std::move(zones);
  placement.node_hints = std::move(nodes);
  endpoint.placement = std::move(placement);
  return endpoint;
}

std::string Print(const PortRoutes& port, Pool pool) {
  return absl::StrJoin(port.slots(pool), " ", [&](std::string* out, uint16_t index) {
    const Target& target = port.targets[index];
    absl::StrAppend(out, base::HostPort(target.address, target.port));
  });
}

PortRoutes Only(const ServiceRoutes& routes) {
  EXPECT_EQ(routes.ports.size(), 1U);
  return routes.ports.at(0);
}

// The endpoints of the whole cluster that serve Web with these.
std::string Cluster(std::vector<model::Endpoint> endpoints, const HostFacts& host = NodeA()) {
  return Print(Only(Resolve(Web(std::move(endpoints)), host, NoSlots)), Pool::kCluster);
}

// The endpoints on this node, under policies of Local, and those of the cluster.
model::Service LocalWeb(std::vector<model::Endpoint> endpoints) {
  model::Service service = Web(std::move(endpoints));
  service.external_ips = {Ip("198.51.100.1")};
  service.internal_traffic_policy = TrafficPolicy::kLocal;
  service.external_traffic_policy = TrafficPolicy::kLocal;
  return service;
}

std::string Local(std::vector<model::Endpoint> endpoints) {
  return Print(Only(Resolve(LocalWeb(std::move(endpoints)), NodeA(), NoSlots)), Pool::kLocal);
}

// Conditions.

TEST(ResolveTest, ReadyEndpointsServe) {
  EXPECT_EQ(Cluster({EndpointAt("10.0.0.2:80"), NotReady(EndpointAt("10.0.0.3:80"))}),
            "10.0.0.2:80");
}

TEST(ResolveTest, AnEndpointThatIsReadyAndTerminatingIsReady) {
  model::Endpoint endpoint = EndpointAt("10.0.0.2:80");
  endpoint.terminating = true;
  EXPECT_EQ(Cluster({endpoint, Terminating(EndpointAt("10.0.0.3:80"))}), "10.0.0.2:80");
}

TEST(ResolveTest, WithNoneReadyThoseServeThatTerminateAndStillAnswer) {
  model::Endpoint silent = Terminating(EndpointAt("10.0.0.4:80"));
  silent.serving = false;
  EXPECT_EQ(Cluster({Terminating(EndpointAt("10.0.0.2:80")), NotReady(EndpointAt("10.0.0.3:80")),
                     silent}),
            "10.0.0.2:80");
}

TEST(ResolveTest, AnEndpointOfWeightZeroGetsNoNewConnections) {
  model::Endpoint drained = EndpointAt("10.0.0.2:80");
  drained.weight = 0;
  EXPECT_EQ(Cluster({drained, EndpointAt("10.0.0.3:80")}), "10.0.0.3:80");
  EXPECT_EQ(Only(Resolve(Web({drained}), NodeA(), NoSlots)).routes[0].action, Action::kReject);
}

TEST(ResolveTest, LocalAndClusterPoolsFallBackToTerminatingEndpointsEachByItself) {
  const std::vector<model::Endpoint> endpoints = {Terminating(EndpointOn(kHere, "10.0.0.2:80")),
                                                  EndpointOn(kThere, "10.0.1.2:80")};
  EXPECT_EQ(Local(endpoints), "10.0.0.2:80");
  EXPECT_EQ(Cluster(endpoints), "10.0.1.2:80");
}

// Where endpoints are.

TEST(ResolveTest, OnlyEndpointsKnownToBeOnThisNodeAreLocal) {
  EXPECT_EQ(Local({EndpointOn(kHere, "10.0.0.2:80"), EndpointOn(kThere, "10.0.1.2:80"),
                   EndpointAt("10.0.2.2:80")}),
            "10.0.0.2:80");
}

TEST(ResolveTest, ANodeWithoutANameHasNoLocalEndpoints) {
  HostFacts host = NodeA();
  host.node_name.clear();
  const PortRoutes port = Only(Resolve(LocalWeb({EndpointAt("10.0.0.2:80")}), host, NoSlots));
  EXPECT_THAT(port.local, IsEmpty());
}

TEST(ResolveTest, EndpointsThatMayBeHereMayHairpin) {
  const auto may_hairpin = [](const model::Endpoint& endpoint, const HostFacts& host) {
    return Only(Resolve(Web({endpoint}), host, NoSlots)).targets.at(0).may_hairpin;
  };
  HostFacts nameless = NodeA();
  nameless.node_name.clear();
  EXPECT_TRUE(may_hairpin(EndpointOn(kHere, "10.0.0.2:80"), NodeA()));
  EXPECT_FALSE(may_hairpin(EndpointOn(kThere, "10.0.0.2:80"), NodeA()));
  EXPECT_TRUE(may_hairpin(EndpointAt("10.0.0.2:80"), NodeA()));
  EXPECT_TRUE(may_hairpin(EndpointOn(kThere, "10.0.0.2:80"), nameless));
}

// Topology.

TEST(ResolveTest, IfAllReadyEndpointsHintAtZonesThoseThatHintAtThisOneServe) {
  const model::Endpoint near = Hinting(EndpointAt("10.0.0.2:80"), {"zone-1"});
  const model::Endpoint far = Hinting(EndpointAt("10.0.0.3:80"), {"zone-2"});
  const model::Endpoint both = Hinting(EndpointAt("10.0.0.4:80"), {"zone-1", "zone-2"});
  EXPECT_EQ(Cluster({near, far, both}), "10.0.0.2:80 10.0.0.4:80");
  EXPECT_EQ(Cluster({far}), "10.0.0.3:80") << "none hints here";
}

TEST(ResolveTest, HintsAtThisNodeGoBeforeHintsAtItsZone) {
  const model::Endpoint node = Hinting(EndpointAt("10.0.0.2:80"), {"zone-1"}, {kHere});
  const model::Endpoint zone = Hinting(EndpointAt("10.0.0.3:80"), {"zone-1"}, {kThere});
  const model::Endpoint far = Hinting(EndpointAt("10.0.0.4:80"), {"zone-2"}, {kThere});
  EXPECT_EQ(Cluster({node, zone, far}), "10.0.0.2:80");
  EXPECT_EQ(Cluster({zone, far}), "10.0.0.3:80") << "no hint at this node: zones decide";
}

TEST(ResolveTest, OneReadyEndpointWithoutHintsSwitchesThemOff) {
  const model::Endpoint near = Hinting(EndpointAt("10.0.0.2:80"), {"zone-1"});
  const model::Endpoint far = Hinting(EndpointAt("10.0.0.3:80"), {"zone-2"});
  EXPECT_EQ(Cluster({near, far, EndpointAt("10.0.0.4:80")}), "10.0.0.2:80 10.0.0.3:80 10.0.0.4:80");
  EXPECT_EQ(Cluster({near, far, NotReady(EndpointAt("10.0.0.4:80"))}), "10.0.0.2:80")
      << "one that is not ready has no say";
}

TEST(ResolveTest, AHostWithoutAZoneIgnoresHintsAtZones) {
  HostFacts host = NodeA();
  host.zone.clear();
  EXPECT_EQ(Cluster({Hinting(EndpointAt("10.0.0.2:80"), {"zone-1"}),
                     Hinting(EndpointAt("10.0.0.3:80"), {"zone-2"})},
                    host),
            "10.0.0.2:80 10.0.0.3:80");
}

TEST(ResolveTest, HintsTouchNeitherTerminatingNorLocalEndpoints) {
  const model::Endpoint near = Hinting(EndpointOn(kHere, "10.0.0.2:80"), {"zone-1"});
  const model::Endpoint far = Hinting(EndpointOn(kHere, "10.0.0.3:80"), {"zone-2"});
  EXPECT_EQ(Local({near, far}), "10.0.0.2:80 10.0.0.3:80");
  EXPECT_EQ(Cluster({Terminating(near), Terminating(far)}), "10.0.0.2:80 10.0.0.3:80");
}

TEST(ResolveTest, TheShortCutOfPodsFollowsHints) {
  const PortRoutes port =
      Only(Resolve(LocalWeb({Hinting(EndpointOn(kHere, "10.0.0.2:80"), {"zone-2"}),
                             Hinting(EndpointOn(kThere, "10.0.1.2:80"), {"zone-1"})}),
                   NodeA(), NoSlots));
  EXPECT_EQ(Print(port, Pool::kCluster), "10.0.1.2:80");
  EXPECT_EQ(Print(port, Pool::kLocal), "10.0.0.2:80");
}

// Frontends.

std::string Routes(const model::Service& service, const HostFacts& host = NodeA()) {
  return forwarding::Print(Resolve(service, host, NoSlots));
}

TEST(ResolveTest, EachAddressAndNodePortIsAFrontend) {
  model::Service service = WebAt({"10.0.0.2:80"});
  service.ports[0].name = "http";
  service.external_ips = {Ip("198.51.100.1")};
  service.load_balancer_ips = {Ip("198.51.100.10")};
  service.ports[0].node_port = 30080;
  EXPECT_EQ(Routes(service),
            "default/web:http at 10.96.0.1:80/tcp: balance 10.0.0.2:80, masquerade outside pods\n"
            "default/web:http at 198.51.100.1:80/tcp: balance 10.0.0.2:80, masquerade\n"
            "default/web:http at 198.51.100.10:80/tcp: balance 10.0.0.2:80, masquerade\n"
            "default/web:http at node port 30080/tcp: balance 10.0.0.2:80, masquerade\n");
}

TEST(ResolveTest, FamiliesAreServedApart) {
  model::Service service = WebAt({"10.0.0.2:80", "[fd00:10::2]:80"});
  service.cluster_ips = {Ip("10.96.0.1"), Ip("fd00:96::1")};
  EXPECT_EQ(Routes(service),
            "default/web at 10.96.0.1:80/tcp: balance 10.0.0.2:80, masquerade outside pods\n"
            "default/web at [fd00:96::1]:80/tcp: balance [fd00:10::2]:80, masquerade outside "
            "pods\n");
}

TEST(ResolveTest, ANodePortExistsInTheFamiliesOfTheClusterIps) {
  model::Service service = WebAt({"10.0.0.2:80"});
  service.ports[0].node_port = 30080;
  EXPECT_EQ(Resolve(service, NodeA(), NoSlots).ports.size(), 1U);
  service.cluster_ips.clear();
  EXPECT_EQ(Routes(service),
            "default/web at node port 30080/tcp: balance 10.0.0.2:80, masquerade\n"
            "default/web at node port 30080/tcp: reject\n");
}

TEST(ResolveTest, UnderAnExternalPolicyOfLocalAFrontendMayBalanceForSomeAndDropForOthers) {
  model::Service service = Web({EndpointOn(kThere, "10.0.1.2:80")});
  service.external_ips = {Ip("198.51.100.1")};
  service.external_traffic_policy = TrafficPolicy::kLocal;
  EXPECT_EQ(Routes(service),
            "default/web at 10.96.0.1:80/tcp: balance 10.0.1.2:80, masquerade outside pods\n"
            "default/web at 198.51.100.1:80/tcp: drop\n"
            "  from pods and this host: balance 10.0.1.2:80, masquerade outside pods\n");
}

TEST(ResolveTest, ReadyEndpointsElsewhereAreNotUsedWithoutANeedForThem) {
  model::Service service =
      Web({EndpointOn(kHere, "10.0.0.2:80"), EndpointOn(kThere, "10.0.1.2:80")});
  service.internal_traffic_policy = TrafficPolicy::kLocal;
  const PortRoutes port = Only(Resolve(service, NodeA(), NoSlots));
  EXPECT_THAT(port.cluster, IsEmpty());
  EXPECT_EQ(port.targets.size(), 1U);
}

// Source ranges.

std::vector<std::string> AllowedSources(const std::vector<std::string>& ranges,
                                        const HostFacts& host = NodeA()) {
  model::Service service = WebAt({"10.0.0.2:80"});
  service.cluster_ips.clear();
  service.load_balancer_ips = {Ip("198.51.100.10")};
  for (const std::string& range : ranges) {
    service.load_balancer_source_ranges.push_back(Cidr(range));
  }
  const PortRoutes port = Only(Resolve(service, host, NoSlots));
  std::vector<std::string> allowed;
  for (const base::IpPrefix& range : port.routes.at(0).allowed_sources) {
    allowed.push_back(range.ToString());
  }
  return allowed;
}

TEST(ResolveTest, SourceRangesAreSortedAndNoneContainsAnother) {
  EXPECT_THAT(AllowedSources({"203.0.113.0/24", "10.0.0.0/8", "10.1.0.0/16", "10.0.0.0/9"}),
              ElementsAre("10.0.0.0/8", "203.0.113.0/24"));
}

TEST(ResolveTest, ARangeOfAllAddressesRestrictsNobody) {
  EXPECT_THAT(AllowedSources({"10.0.0.0/8", "0.0.0.0/0"}), IsEmpty());
  EXPECT_THAT(AllowedSources({"::/0", "10.0.0.0/8"}), ElementsAre("10.0.0.0/8"))
      << "that is the other family's";
}

TEST(ResolveTest, TheFrontendItselfIsAllowedIfTheNodeIs) {
  EXPECT_THAT(AllowedSources({"192.168.0.0/24"}), ElementsAre("192.168.0.0/24", "198.51.100.10"));
  EXPECT_THAT(AllowedSources({"192.168.1.0/24"}), ElementsAre("192.168.1.0/24"));
}

// Memory.

// A memory that has these slots for a frontend, whatever the pool.
auto Remember(const char* frontend, const std::vector<std::string>& slots) {
  return [frontend = FrontendAt(frontend), slots = AtEach(slots)](const model::FrontendKey& asked,
                                                                  Pool) {
    return asked == frontend ? slots : SlotAddresses();
  };
}

TEST(ResolveTest, EndpointsKeepTheirSlots) {
  const model::Service web = WebAt({"10.0.0.2:80", "10.0.0.3:80", "10.0.0.4:80"});
  const ServiceRoutes routes = Resolve(
      web, NodeA(), Remember("10.96.0.1:80/tcp", {"10.0.0.4:80", "10.0.0.9:80", "10.0.0.2:80"}));
  EXPECT_EQ(Print(Only(routes), Pool::kCluster), "10.0.0.4:80 10.0.0.3:80 10.0.0.2:80");
}

TEST(ResolveTest, TheFirstFrontendWithAMemoryDecidesForAll) {
  model::Service web = WebAt({"10.0.0.2:80", "10.0.0.3:80"});
  web.external_ips = {Ip("198.51.100.1")};
  const ServiceRoutes routes =
      Resolve(web, NodeA(), Remember("198.51.100.1:80/tcp", {"10.0.0.3:80", "10.0.0.2:80"}));
  EXPECT_EQ(Print(Only(routes), Pool::kCluster), "10.0.0.3:80 10.0.0.2:80");
}

TEST(ResolveTest, AFrontendsMemoryDecidesOnlyForPoolsThatItDrawsFrom) {
  model::Service web = Web({EndpointOn(kHere, "10.0.0.2:80"), EndpointOn(kHere, "10.0.0.3:80"),
                            EndpointOn(kThere, "10.0.1.2:80")});
  web.external_ips = {Ip("198.51.100.1")};
  web.internal_traffic_policy = TrafficPolicy::kLocal;
  // The cluster IP draws from the local pool; its slots say nothing of the cluster's.
  const ServiceRoutes routes =
      Resolve(web, NodeA(), Remember("10.96.0.1:80/tcp", {"10.0.0.3:80", "10.0.0.2:80"}));
  EXPECT_EQ(Print(Only(routes), Pool::kLocal), "10.0.0.3:80 10.0.0.2:80");
  EXPECT_EQ(Print(Only(routes), Pool::kCluster), "10.0.0.2:80 10.0.0.3:80 10.0.1.2:80");
}

TEST(ResolveTest, SlotsOfReadsTheSlotsOfAFrontendsPool) {
  const ServiceRoutes routes =
      Resolve(LocalWeb({EndpointOn(kHere, "10.0.0.2:80"), EndpointOn(kThere, "10.0.1.2:80")}),
              NodeA(), NoSlots);
  const model::FrontendKey frontend = FrontendAt("198.51.100.1:80/tcp");
  EXPECT_THAT(SlotsOf(routes, frontend, Pool::kLocal), ElementsAre(At("10.0.0.2:80")));
  EXPECT_THAT(SlotsOf(routes, frontend, Pool::kCluster),
              ElementsAre(At("10.0.0.2:80"), At("10.0.1.2:80")));
  EXPECT_THAT(SlotsOf(routes, FrontendAt("198.51.100.2:80/tcp"), Pool::kCluster), IsEmpty());
}

TEST(ResolveTest, ATableHasTheHostAndAllServices) {
  model::Service other = WebAt({"10.0.0.3:80"});
  other.name = testing::Name("default/other");
  other.cluster_ips = {Ip("10.96.0.2")};
  const ForwardingTable table =
      Resolve(testing::SnapshotOf({WebAt({"10.0.0.2:80"}), other}), NodeA(), NoSlots);
  EXPECT_EQ(table.host, NodeA());
  EXPECT_EQ(forwarding::Print(table),
            "default/other at 10.96.0.2:80/tcp: balance 10.0.0.3:80, masquerade outside pods\n"
            "default/web at 10.96.0.1:80/tcp: balance 10.0.0.2:80, masquerade outside pods\n");
}

}  // namespace
}  // namespace nftsvc::forwarding
