// SPDX-License-Identifier: Apache-2.0
//
// kube-proxy's verdicts, row by row.
#include "src/forwarding/decide.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_join.h"
#include "src/forwarding/resolve.h"
#include "tests/support/brief.h"
#include "tests/support/builders.h"

namespace nftsvc::forwarding {
namespace {

using model::TrafficPolicy;
using testing::Brief;
using testing::Cidr;
using ::testing::ElementsAre;
using testing::EndpointAt;
using testing::EndpointOn;
using ::testing::HasSubstr;
using testing::Ip;
using testing::NodeA;
using testing::PacketTo;
using testing::PortOf;
using testing::SnapshotOf;
using testing::Web;
using testing::WebAt;

// What happens to a packet, for each slot that can be drawn; the same answer only once.
std::string Dial(const HostFacts& host, std::vector<model::Service> services,
                 const Packet& packet) {
  const ForwardingTable table = Resolve(SnapshotOf(std::move(services)), host, NoSlots);
  std::vector<std::string> answers;
  size_t slots = 1;
  for (size_t slot = 0; slot < slots; ++slot) {
    const Decision decision = Decide(table, packet, slot);
    slots = std::max(slots, decision.slot_count);
    const std::string answer = Brief(decision);
    if (std::find(answers.begin(), answers.end(), answer) == answers.end()) {
      answers.push_back(answer);
    }
  }
  return absl::StrJoin(answers, " | ");
}

std::string Dial(model::Service service, const Packet& packet) {
  return Dial(NodeA(), {std::move(service)}, packet);
}

Packet FromPod(absl::string_view to) { return PacketTo(to, "10.0.0.9", "cbr0"); }
Packet FromOutside(absl::string_view to) { return PacketTo(to, "203.0.113.5", "eth0"); }
Packet FromHost(absl::string_view to) { return PacketTo(to, "192.168.0.2", ""); }

constexpr char kClusterIp[] = "10.96.0.1:80/tcp";
constexpr char kExternalIp[] = "198.51.100.1:80/tcp";
constexpr char kLoadBalancerIp[] = "198.51.100.10:80/tcp";
constexpr char kNodePort[] = "192.168.0.2:30080/tcp";
const std::vector<std::string> kExternal = {kExternalIp, kLoadBalancerIp, kNodePort};

// Web with one frontend of each kind.
model::Service Everywhere(std::vector<model::Endpoint> endpoints) {
  model::Service service = Web(std::move(endpoints));
  service.external_ips = {Ip("198.51.100.1")};
  service.load_balancer_ips = {Ip("198.51.100.10")};
  service.ports[0].node_port = 30080;
  return service;
}

model::Service ExternallyLocal(std::vector<model::Endpoint> endpoints) {
  model::Service service = Everywhere(std::move(endpoints));
  service.external_traffic_policy = TrafficPolicy::kLocal;
  return service;
}

// Cluster IPs.

TEST(DecideTest, AClusterIpWithoutEndpointsIsRejected) {
  EXPECT_EQ(Dial(Web({}), FromPod(kClusterIp)), "reject");
  EXPECT_EQ(Dial(Web({}), FromHost(kClusterIp)), "reject");
}

TEST(DecideTest, AClusterIpIsMasqueradedForAllButPods) {
  const model::Service web = WebAt({"10.0.0.2:80", "10.0.0.3:80"});
  EXPECT_EQ(Dial(web, FromPod(kClusterIp)), "forward to 10.0.0.2:80 | forward to 10.0.0.3:80");
  EXPECT_EQ(Dial(web, FromOutside(kClusterIp)),
            "forward to 10.0.0.2:80, masqueraded | forward to 10.0.0.3:80, masqueraded");
  EXPECT_EQ(Dial(web, FromHost(kClusterIp)),
            "forward to 10.0.0.2:80, masqueraded | forward to 10.0.0.3:80, masqueraded");
}

TEST(DecideTest, MasqueradeAllIncludesPodsAtClusterIpsAndChangesNothingElse) {
  HostFacts host = NodeA();
  host.masquerade_all = true;
  EXPECT_EQ(Dial(host, {WebAt({"10.0.0.2:80"})}, FromPod(kClusterIp)),
            "forward to 10.0.0.2:80, masqueraded");
  const model::Service local = ExternallyLocal({EndpointOn("node-a", "10.0.0.2:80")});
  EXPECT_EQ(Dial(host, {local}, FromPod(kLoadBalancerIp)), "forward to 10.0.0.2:80");
  EXPECT_EQ(Dial(host, {local}, FromOutside(kLoadBalancerIp)), "forward to 10.0.0.2:80");
}

TEST(DecideTest, WhereNoPodsCanBeToldClusterIpsAreNotMasqueraded) {
  HostFacts host = NodeA();
  host.pods = {};
  EXPECT_EQ(Dial(host, {WebAt({"10.0.0.2:80"})}, FromOutside(kClusterIp)),
            "forward to 10.0.0.2:80");
  host.pods.cidrs = {Cidr("fd00:10::/64")};  // only of the other family
  EXPECT_EQ(Dial(host, {WebAt({"10.0.0.2:80"})}, FromOutside(kClusterIp)),
            "forward to 10.0.0.2:80");
}

TEST(DecideTest, PodsAreToldByTheirInterfaceToo) {
  const model::Service web = WebAt({"10.0.0.2:80"});
  HostFacts host = NodeA();
  host.pods = {.cidrs = {}, .interface = "cbr0", .interface_prefix = ""};
  EXPECT_EQ(Dial(host, {web}, PacketTo(kClusterIp, "203.0.113.5", "cbr0")),
            "forward to 10.0.0.2:80");
  EXPECT_EQ(Dial(host, {web}, PacketTo(kClusterIp, "10.0.0.9", "cbr01")),
            "forward to 10.0.0.2:80, masqueraded");
  host.pods = {.cidrs = {}, .interface = "", .interface_prefix = "veth"};
  EXPECT_EQ(Dial(host, {web}, PacketTo(kClusterIp, "203.0.113.5", "veth7")),
            "forward to 10.0.0.2:80");
  EXPECT_EQ(Dial(host, {web}, FromHost(kClusterIp)), "forward to 10.0.0.2:80, masqueraded");
}

TEST(DecideTest, UnderAnInternalPolicyOfLocalOnlyEndpointsHereServeTheClusterIp) {
  model::Service web = Web({EndpointOn("node-a", "10.0.0.2:80"),
                            EndpointOn("node-b", "10.0.1.2:80"), EndpointAt("10.0.2.2:80")});
  web.internal_traffic_policy = TrafficPolicy::kLocal;
  EXPECT_EQ(Dial(web, FromPod(kClusterIp)), "forward to 10.0.0.2:80");
}

TEST(DecideTest, UnderAnInternalPolicyOfLocalEndpointsElsewhereTurnRejectIntoDrop) {
  model::Service web = Web({EndpointOn("node-b", "10.0.1.2:80")});
  web.internal_traffic_policy = TrafficPolicy::kLocal;
  EXPECT_EQ(Dial(web, FromPod(kClusterIp)), "drop");
  web.ports[0].endpoints[0].ready = false;
  web.ports[0].endpoints[0].terminating = true;
  EXPECT_EQ(Dial(web, FromPod(kClusterIp)), "drop") << "one that still serves is one";
  web.ports[0].endpoints[0].serving = false;
  EXPECT_EQ(Dial(web, FromPod(kClusterIp)), "reject");
}

TEST(DecideTest, AnExternalPolicyOfLocalDoesNotTouchClusterIps) {
  model::Service web = ExternallyLocal({EndpointOn("node-b", "10.0.1.2:80")});
  EXPECT_EQ(Dial(web, FromPod(kClusterIp)), "forward to 10.0.1.2:80");
}

// External frontends.

TEST(DecideTest, AnExternalFrontendWithoutEndpointsIsRejected) {
  for (const std::string& frontend : kExternal) {
    EXPECT_EQ(Dial(Everywhere({}), FromOutside(frontend)), "reject") << frontend;
    EXPECT_EQ(Dial(Everywhere({}), FromHost(frontend)), "reject") << frontend;
    EXPECT_EQ(Dial(ExternallyLocal({}), FromPod(frontend)), "reject") << frontend;
  }
}

TEST(DecideTest, ExternalTrafficIsMasqueradedEvenFromPodsAndToEndpointsHere) {
  const model::Service service = Everywhere({EndpointOn("node-a", "10.0.0.2:80")});
  for (const std::string& frontend : kExternal) {
    EXPECT_EQ(Dial(service, FromOutside(frontend)), "forward to 10.0.0.2:80, masqueraded");
    EXPECT_EQ(Dial(service, FromPod(frontend)), "forward to 10.0.0.2:80, masqueraded");
    EXPECT_EQ(Dial(service, FromHost(frontend)), "forward to 10.0.0.2:80, masqueraded");
  }
}

TEST(DecideTest, UnderAnExternalPolicyOfLocalClientsOutsideKeepTheirAddress) {
  const model::Service service =
      ExternallyLocal({EndpointOn("node-a", "10.0.0.2:80"), EndpointOn("node-b", "10.0.1.2:80")});
  for (const std::string& frontend : kExternal) {
    EXPECT_EQ(Dial(service, FromOutside(frontend)), "forward to 10.0.0.2:80") << frontend;
  }
}

TEST(DecideTest, UnderAnExternalPolicyOfLocalPodsAndTheHostReachEveryEndpoint) {
  const model::Service service =
      ExternallyLocal({EndpointOn("node-a", "10.0.0.2:80"), EndpointOn("node-b", "10.0.1.2:80")});
  for (const std::string& frontend : kExternal) {
    EXPECT_EQ(Dial(service, FromPod(frontend)), "forward to 10.0.0.2:80 | forward to 10.0.1.2:80");
    EXPECT_EQ(Dial(service, FromHost(frontend)),
              "forward to 10.0.0.2:80, masqueraded | forward to 10.0.1.2:80, masqueraded");
  }
}

TEST(DecideTest, WithOnlyRemoteEndpointsAnExternalPolicyOfLocalDropsOthersOnly) {
  const model::Service service = ExternallyLocal({EndpointOn("node-b", "10.0.1.2:80")});
  for (const std::string& frontend : kExternal) {
    EXPECT_EQ(Dial(service, FromOutside(frontend)), "drop") << frontend;
    EXPECT_EQ(Dial(service, FromPod(frontend)), "forward to 10.0.1.2:80") << frontend;
    EXPECT_EQ(Dial(service, FromHost(frontend)), "forward to 10.0.1.2:80, masqueraded");
  }
}

TEST(DecideTest, WhereNoPodsCanBeToldOnlyTheHostHasTheShortCut) {
  HostFacts host = NodeA();
  host.pods = {};
  const model::Service service = ExternallyLocal({EndpointOn("node-b", "10.0.1.2:80")});
  EXPECT_EQ(Dial(host, {service}, FromPod(kExternalIp)), "drop");
  EXPECT_EQ(Dial(host, {service}, FromHost(kExternalIp)), "forward to 10.0.1.2:80, masqueraded");
}

TEST(DecideTest, ASourceThatIsBothPodAndHostIsAPod) {
  HostFacts host = NodeA();
  host.local_addresses = {Ip("10.0.0.1"), Ip("192.168.0.2")};
  const model::Service service = ExternallyLocal({EndpointOn("node-b", "10.0.1.2:80")});
  EXPECT_EQ(Dial(host, {service}, PacketTo(kExternalIp, "10.0.0.1", "")), "forward to 10.0.1.2:80");
}

// Hairpin, and what is delivered to the host itself.

TEST(DecideTest, AnEndpointThatReachesItselfIsMasqueraded) {
  const model::Service web = Web({EndpointOn("node-a", "10.0.0.2:80")});
  EXPECT_EQ(Dial(web, PacketTo(kClusterIp, "10.0.0.2", "cbr0")),
            "forward to 10.0.0.2:80, masqueraded");
  const model::Service unknown = WebAt({"10.0.0.2:80"});
  EXPECT_EQ(Dial(unknown, PacketTo(kClusterIp, "10.0.0.2", "cbr0")),
            "forward to 10.0.0.2:80, masqueraded");
}

TEST(DecideTest, AnEndpointOfAnotherNodeCannotReachItselfThroughThisOne) {
  const model::Service web = Web({EndpointOn("node-b", "10.0.1.2:80")});
  EXPECT_EQ(Dial(web, PacketTo(kClusterIp, "10.0.1.2", "eth0")), "forward to 10.0.1.2:80");
}

TEST(DecideTest, WhatIsDeliveredToTheHostItselfIsNotMasqueraded) {
  const model::Service service = Everywhere({EndpointOn("node-a", "192.168.0.2:8080")});
  EXPECT_EQ(Dial(service, FromOutside(kExternalIp)), "forward to 192.168.0.2:8080");
  EXPECT_EQ(Dial(service, FromHost(kExternalIp)), "forward to 192.168.0.2:8080, masqueraded")
      << "what the host sends passes postrouting, even to itself";
}

// Source ranges.

model::Service Restricted(const std::vector<std::string>& ranges) {
  model::Service service = Everywhere({EndpointOn("node-a", "10.0.0.2:80")});
  for (const std::string& range : ranges) {
    service.load_balancer_source_ranges.push_back(Cidr(range));
  }
  return service;
}

TEST(DecideTest, OnlySourcesInRangeMayDialALoadBalancerIp) {
  const model::Service service = Restricted({"203.0.113.0/24"});
  EXPECT_EQ(Dial(service, FromOutside(kLoadBalancerIp)), "forward to 10.0.0.2:80, masqueraded");
  EXPECT_EQ(Dial(service, FromPod(kLoadBalancerIp)), "drop");
  EXPECT_EQ(Dial(service, FromHost(kLoadBalancerIp)), "drop");
}

TEST(DecideTest, SourceRangesDoNotTouchOtherFrontends) {
  const model::Service service = Restricted({"192.0.2.0/24"});
  for (const char* frontend : {kClusterIp, kExternalIp, kNodePort}) {
    EXPECT_EQ(Dial(service, FromOutside(frontend)), "forward to 10.0.0.2:80, masqueraded");
  }
}

TEST(DecideTest, SourceRangesOfTheOtherFamilyRestrictNobody) {
  EXPECT_EQ(Dial(Restricted({"2001:db8::/32"}), FromOutside(kLoadBalancerIp)),
            "forward to 10.0.0.2:80, masqueraded");
}

TEST(DecideTest, ASourceOutOfRangeIsDroppedEvenIfThereAreNoEndpoints) {
  model::Service service = Restricted({"192.0.2.0/24"});
  service.ports[0].endpoints.clear();
  EXPECT_EQ(Dial(service, FromOutside(kLoadBalancerIp)), "drop");
}

TEST(DecideTest, ANodeInRangeMayDialALoadBalancerIpThatIsBoundHere) {
  HostFacts host = NodeA();
  host.local_addresses = {Ip("192.168.0.2"), Ip("198.51.100.10")};
  const Packet packet = PacketTo(kLoadBalancerIp, "198.51.100.10", "");
  EXPECT_EQ(Dial(host, {Restricted({"192.168.0.0/24"})}, packet),
            "forward to 10.0.0.2:80, masqueraded");
  EXPECT_EQ(Dial(host, {Restricted({"203.0.113.0/24"})}, packet), "drop");
}

// Node ports.

TEST(DecideTest, NodePortsAreDialledAtTheListedAddressesOnly) {
  HostFacts host = NodeA();
  host.local_addresses = {Ip("192.168.0.2"), Ip("192.168.0.3")};
  const model::Service service = Everywhere({EndpointAt("10.0.0.2:80")});
  EXPECT_EQ(Dial(host, {service}, FromOutside("192.168.0.3:30080/tcp")), "untouched");
  host.node_ports_on_all_addresses = true;
  EXPECT_EQ(Dial(host, {service}, FromOutside("192.168.0.3:30080/tcp")),
            "forward to 10.0.0.2:80, masqueraded");
}

TEST(DecideTest, NodePortsAreNeverDialledAtLoopback) {
  HostFacts host = NodeA();
  const model::Service service = Everywhere({EndpointAt("10.0.0.2:80")});
  const Packet packet = PacketTo("127.0.0.1:30080/tcp", "127.0.0.1", "");
  host.node_ports_on_all_addresses = true;
  EXPECT_EQ(Dial(host, {service}, packet), "untouched");
  host.node_ports_on_all_addresses = false;
  host.node_port_addresses = {Ip("127.0.0.1")};
  EXPECT_EQ(Dial(host, {service}, packet), "untouched") << "not even when listed";
}

TEST(DecideTest, NodePortsAreDialledAtLocalhostIfSoConfigured) {
  HostFacts host = NodeA();
  host.localhost_node_ports = true;
  const auto from = [](absl::string_view to, absl::string_view source) {
    return PacketTo(to, source, "");
  };
  for (const bool everywhere : {false, true}) {
    host.node_ports_on_all_addresses = everywhere;
    for (const model::Service& service : {Everywhere({EndpointOn("node-b", "10.0.1.2:80")}),
                                          ExternallyLocal({EndpointOn("node-b", "10.0.1.2:80")})}) {
      EXPECT_EQ(Dial(host, {service}, from("127.0.0.1:30080/tcp", "127.0.0.1")),
                "forward to 10.0.1.2:80, masqueraded");
      EXPECT_EQ(Dial(host, {service}, from("127.0.0.2:30080/tcp", "127.0.0.1")), "untouched");
      EXPECT_EQ(Dial(host, {service}, from("127.0.0.1:30081/tcp", "127.0.0.1")), "untouched");
      EXPECT_EQ(Dial(host, {service}, from("[::1]:30080/tcp", "::1")), "untouched");
    }
    EXPECT_EQ(Dial(host, {Everywhere({})}, from("127.0.0.1:30080/tcp", "127.0.0.1")), "reject");
  }
}

TEST(DecideTest, OthersAreKeptFromALoopbackThatIsRouted) {
  HostFacts host = NodeA();
  host.localhost_node_ports = true;
  const model::Service service = Everywhere({EndpointAt("10.0.0.2:80")});
  for (const char* to : {"127.0.0.1:30080/tcp", "127.0.0.1:22/tcp", "127.9.9.9:30080/tcp"}) {
    EXPECT_EQ(Dial(host, {service}, FromOutside(to)), "drop") << to;
    EXPECT_EQ(Dial(host, {service}, FromPod(to)), "drop") << to;
  }
  EXPECT_EQ(Dial(host, {service}, FromHost("127.0.0.1:22/tcp")), "untouched");
}

TEST(DecideTest, AServicesAddressComesBeforeAnothersNodePort) {
  model::Service by_address = WebAt({"10.0.0.2:80"});
  by_address.cluster_ips.clear();
  by_address.external_ips = {Ip("192.168.0.2")};
  by_address.ports[0].port = 30080;
  model::Service by_node_port = Everywhere({EndpointAt("10.0.0.3:80")});
  by_node_port.name = testing::Name("default/other");
  EXPECT_EQ(Dial(NodeA(), {by_address, by_node_port}, FromOutside(kNodePort)),
            "forward to 10.0.0.2:80, masqueraded");
}

TEST(DecideTest, AFrontendThatForwardsSomeClientsIsNoNodePortForOthers) {
  model::Service by_address = Web({EndpointOn("node-b", "10.0.1.2:80")});
  by_address.cluster_ips.clear();
  by_address.external_ips = {Ip("192.168.0.2")};
  by_address.external_traffic_policy = TrafficPolicy::kLocal;
  by_address.ports[0].port = 30080;
  model::Service by_node_port = Everywhere({EndpointAt("10.0.0.3:80")});
  by_node_port.name = testing::Name("default/other");
  EXPECT_EQ(Dial(NodeA(), {by_address, by_node_port}, FromOutside(kNodePort)), "drop");
  EXPECT_EQ(Dial(NodeA(), {by_address, by_node_port}, FromPod(kNodePort)),
            "forward to 10.0.1.2:80");
}

// What is nobody's.

TEST(DecideTest, AnotherPortOfAClusterIpIsRejectedOrLeftAlone) {
  HostFacts host = NodeA();
  const model::Service web = WebAt({"10.0.0.2:80"});
  EXPECT_EQ(Dial(host, {web}, FromPod("10.96.0.1:81/tcp")), "reject");
  EXPECT_EQ(Dial(host, {web}, FromPod("10.96.0.1:80/udp")), "reject");
  host.reject_unassigned_ports = false;
  EXPECT_EQ(Dial(host, {web}, FromPod("10.96.0.1:81/tcp")), "untouched");
}

TEST(DecideTest, AnotherPortOfAnExternalIpIsLeftAlone) {
  const model::Service service = Everywhere({EndpointAt("10.0.0.2:80")});
  EXPECT_EQ(Dial(service, FromOutside("198.51.100.1:81/tcp")), "untouched");
  EXPECT_EQ(Dial(service, FromOutside("198.51.100.10:81/tcp")), "untouched");
  EXPECT_EQ(Dial(service, FromOutside("192.168.0.2:22/tcp")), "untouched");
}

TEST(DecideTest, WhatIsSentToAClusterIpThatIsTheHostsOwnIsLeftAlone) {
  model::Service web = WebAt({"10.0.0.2:80"});
  web.cluster_ips = {Ip("192.168.0.2")};
  EXPECT_EQ(Dial(web, FromOutside("192.168.0.2:22/tcp")), "untouched");
  EXPECT_EQ(Dial(web, FromHost("192.168.0.2:22/tcp")), "untouched");
}

TEST(DecideTest, AnUnassignedAddressOfAServiceCidrIsDropped) {
  HostFacts host = NodeA();
  const model::Service web = WebAt({"10.0.0.2:80"});
  EXPECT_EQ(Dial(host, {web}, FromPod("10.96.0.99:80/tcp")), "untouched");
  host.service_cidrs = {Cidr("10.96.0.0/16")};
  EXPECT_EQ(Dial(host, {web}, FromPod("10.96.0.99:80/tcp")), "drop");
  EXPECT_EQ(Dial(host, {web}, FromHost("10.96.0.99:80/tcp")), "drop");
  EXPECT_EQ(Dial(host, {web}, FromPod("10.96.0.1:80/tcp")), "forward to 10.0.0.2:80");
}

TEST(DecideTest, FamiliesDoNotMix) {
  model::Service web = Web({EndpointAt("10.0.0.2:80"), EndpointAt("[fd00:10::2]:80")});
  web.cluster_ips = {Ip("10.96.0.1"), Ip("fd00:96::1")};
  EXPECT_EQ(Dial(web, FromPod(kClusterIp)), "forward to 10.0.0.2:80");
  EXPECT_EQ(Dial(web, PacketTo("[fd00:96::1]:80/tcp", "fd00:10::9", "cbr0")),
            "forward to [fd00:10::2]:80");
}

// What else a decision says.

TEST(DecideTest, SlotsAreTakenModuloTheirNumber) {
  const ForwardingTable table =
      Resolve(SnapshotOf({WebAt({"10.0.0.2:80", "10.0.0.3:80"})}), NodeA(), NoSlots);
  const Packet packet = FromPod(kClusterIp);
  EXPECT_EQ(Decide(table, packet, 1).slot_count, 2U);
  EXPECT_EQ(Brief(Decide(table, packet, 1)), "forward to 10.0.0.3:80");
  EXPECT_EQ(Brief(Decide(table, packet, 65'535)), "forward to 10.0.0.3:80");
}

TEST(DecideTest, ReasonsTellThePacketsStoryInOrder) {
  model::Endpoint endpoint = EndpointOn("node-a", "10.0.0.2:80");
  endpoint.name = "web-0";
  const ForwardingTable table = Resolve(SnapshotOf({Web({endpoint})}), NodeA(), NoSlots);
  EXPECT_THAT(Decide(table, FromOutside(kClusterIp), 0).reasons,
              ElementsAre("10.96.0.1:80/tcp is a cluster IP of default/web",
                          "source 203.0.113.5 is not a pod: masquerade",
                          "slot 0 of 1 holds endpoint 10.0.0.2:80 (web-0)"));
  EXPECT_THAT(Decide(table, PacketTo(kClusterIp, "10.0.0.2", "cbr0"), 0).reasons.back(),
              HasSubstr("hairpin"));
}

TEST(DecideTest, ADecisionKnowsWhoseFrontendItWas) {
  const ForwardingTable table = Resolve(SnapshotOf({WebAt({"10.0.0.2:80"})}), NodeA(), NoSlots);
  const Decision forwarded = Decide(table, FromPod(kClusterIp), 0);
  ASSERT_NE(forwarded.port_routes, nullptr);
  EXPECT_EQ(forwarded.port_routes->label, "default/web");
  EXPECT_EQ(forwarded.slots, &forwarded.port_routes->cluster);
  EXPECT_EQ(Decide(table, FromPod("10.99.0.1:80/tcp"), 0).port_routes, nullptr);
}

}  // namespace
}  // namespace nftsvc::forwarding
