// SPDX-License-Identifier: Apache-2.0
#include "src/forwarding/stale_flows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "src/forwarding/resolve.h"
#include "tests/support/builders.h"
#include "tests/support/random_world.h"

namespace nftsvc::forwarding {
namespace {

using base::Protocol;
using model::Service;
using model::Snapshot;
using testing::EndpointAt;
using testing::Ip;
using testing::NodeA;
using testing::PortOf;
using testing::Remove;
using testing::SnapshotOf;
using testing::Upsert;
using Changes = std::vector<model::ServiceChange>;

std::string Join(const std::vector<SlotAddress>& addresses) {
  return absl::StrJoin(addresses, " ", [](std::string* out, const SlotAddress& a) {
    absl::StrAppend(out, base::HostPort(a.address, a.port));
  });
}

// "udp 10.96.0.1:53 at 10.0.0.2:53", "udp 10.96.0.1:53 not at 10.0.0.3:53", "udp 10.96.0.1:53 all".
std::string Text(const FlowRule& rule) {
  const std::string frontends =
      absl::StrCat(base::ProtocolName(rule.protocol), " ", Join(rule.frontends));
  if (rule.stale == FlowRule::Stale::kAtThese) {
    return absl::StrCat(frontends, " at ", Join(rule.endpoints));
  }
  if (rule.endpoints.empty()) return absl::StrCat(frontends, " all");
  return absl::StrCat(frontends, " not at ", Join(rule.endpoints));
}

std::string Text(const std::vector<FlowRule>& rules) {
  return absl::StrJoin(rules, "\n", [](std::string* out, const FlowRule& rule) {
    absl::StrAppend(out, Text(rule));
  });
}

model::Port UdpPort(uint16_t number, const std::vector<std::string>& endpoints) {
  std::vector<model::Endpoint> list;
  for (const std::string& endpoint : endpoints) list.push_back(EndpointAt(endpoint));
  return PortOf(absl::StrCat(number, "/udp"), std::move(list));
}

// "default/dns": 10.96.0.10:53/udp at 10.0.0.2:5353 and 10.0.0.3:5353.
Service Dns() {
  Service service;
  service.name = testing::Name("default/dns");
  service.cluster_ips = {Ip("10.96.0.10")};
  service.ports = {UdpPort(53, {"10.0.0.2:5353", "10.0.0.3:5353"})};
  return service;
}

Service Named(absl::string_view name, Service service) {
  service.name = testing::Name(name);
  return service;
}

std::string After(const Snapshot& before, const Changes& changes,
                  FlowScope scope = FlowScope::kUdp) {
  Snapshot after = before;
  after.Apply(changes);
  return Text(StaleFlows(changes, after, NodeA(), scope));
}

std::string AfterChanging(const Service& before, const std::function<void(Service&)>& change) {
  Service after = before;
  change(after);
  const Snapshot snapshot = SnapshotOf({before});
  return After(snapshot, {Upsert(snapshot, after)});
}

std::vector<model::Endpoint>& EndpointsOf(Service& service) {
  return service.ports.front().endpoints;
}

TEST(StaleFlowsTest, ARemovedEndpointLosesItsFlows) {
  EXPECT_EQ(AfterChanging(Dns(), [](Service& s) { EndpointsOf(s).pop_back(); }),
            "udp 10.96.0.10:53 at 10.0.0.3:5353");
}

TEST(StaleFlowsTest, AnEndpointOnAnotherPortIsAnotherEndpoint) {
  EXPECT_EQ(AfterChanging(Dns(), [](Service& s) { EndpointsOf(s)[0].port = 53; }),
            "udp 10.96.0.10:53 at 10.0.0.2:5353");
}

TEST(StaleFlowsTest, AnAddedEndpointTakesNoFlows) {
  EXPECT_EQ(AfterChanging(
                Dns(), [](Service& s) { EndpointsOf(s).push_back(EndpointAt("10.0.0.4:5353")); }),
            "");
}

TEST(StaleFlowsTest, WithItsLastEndpointAFrontendLosesAllFlows) {
  EXPECT_EQ(AfterChanging(Dns(), [](Service& s) { EndpointsOf(s).clear(); }),
            "udp 10.96.0.10:53 all");
}

TEST(StaleFlowsTest, TheFirstEndpointEndsWhatWentThroughUntranslated) {
  Service empty = Dns();
  EndpointsOf(empty).clear();
  EXPECT_EQ(AfterChanging(
                empty, [](Service& s) { EndpointsOf(s).push_back(EndpointAt("10.0.0.2:5353")); }),
            "udp 10.96.0.10:53 not at 10.0.0.2:5353");
}

TEST(StaleFlowsTest, AServiceWithoutEndpointsThatStaysSoHasNothingToLose) {
  Service empty = Dns();
  EndpointsOf(empty).clear();
  EXPECT_EQ(AfterChanging(empty, [](Service& s) { s.labels["a"] = "b"; }), "");
}

TEST(StaleFlowsTest, ANewServiceEndsWhatWentThroughUntranslated) {
  EXPECT_EQ(After({}, {Upsert({}, Dns())}), "udp 10.96.0.10:53 not at 10.0.0.2:5353 10.0.0.3:5353");
}

TEST(StaleFlowsTest, ANewServiceWithoutEndpointsEndsAllFlows) {
  Service empty = Dns();
  EndpointsOf(empty).clear();
  EXPECT_EQ(After({}, {Upsert({}, empty)}), "udp 10.96.0.10:53 all");
}

TEST(StaleFlowsTest, ADeletedServiceLosesAllFlows) {
  const Snapshot before = SnapshotOf({Dns()});
  EXPECT_EQ(After(before, {Remove(before, "default/dns")}), "udp 10.96.0.10:53 all");
}

TEST(StaleFlowsTest, ADeletedPortLosesAllFlowsAndTheOthersNone) {
  Service two = Dns();
  two.ports.push_back(UdpPort(123, {"10.0.0.2:123"}));
  EXPECT_EQ(AfterChanging(two, [](Service& s) { s.ports.pop_back(); }), "udp 10.96.0.10:123 all");
}

TEST(StaleFlowsTest, AChangedClusterIpLosesTheOldOnesFlows) {
  EXPECT_EQ(AfterChanging(Dns(), [](Service& s) { s.cluster_ips = {Ip("10.96.0.11")}; }),
            "udp 10.96.0.10:53 all\n"
            "udp 10.96.0.11:53 not at 10.0.0.2:5353 10.0.0.3:5353");
}

TEST(StaleFlowsTest, ARemovedExternalOrLoadBalancerIpLosesItsFlows) {
  Service external = Dns();
  external.external_ips = {Ip("203.0.113.1"), Ip("203.0.113.2")};
  external.load_balancer_ips = {Ip("203.0.113.3")};
  EXPECT_EQ(AfterChanging(external, [](Service& s) { s.external_ips.pop_back(); }),
            "udp 203.0.113.2:53 all");
  EXPECT_EQ(AfterChanging(external, [](Service& s) { s.load_balancer_ips.clear(); }),
            "udp 203.0.113.3:53 all");
}

TEST(StaleFlowsTest, FrontendsThatChangeAlikeShareARule) {
  Service external = Dns();
  external.external_ips = {Ip("203.0.113.1")};
  external.load_balancer_ips = {Ip("203.0.113.3")};
  EXPECT_EQ(AfterChanging(external, [](Service& s) { EndpointsOf(s).pop_back(); }),
            "udp 10.96.0.10:53 203.0.113.1:53 203.0.113.3:53 at 10.0.0.3:5353");
}

// An address may move from one list to another: same frontend, other policy.
TEST(StaleFlowsTest, AFrontendOfAnotherKindKeepsItsFlows) {
  Service external = Dns();
  external.external_ips = {Ip("203.0.113.1")};
  EXPECT_EQ(AfterChanging(external, [](Service& s) { s.load_balancer_ips.swap(s.external_ips); }),
            "");
}

TEST(StaleFlowsTest, EndpointsThatStillServeKeepTheirFlows) {
  const Service dns = Dns();
  const std::vector<std::function<void(Service&)>> harmless = {
      [](Service& s) { EndpointsOf(s)[0].ready = false; },
      [](Service& s) { EndpointsOf(s)[0].terminating = true; },
      [](Service& s) { EndpointsOf(s)[0].ready = false, EndpointsOf(s)[0].terminating = true; },
      [](Service& s) { EndpointsOf(s)[0].weight = 0; },
      [](Service& s) { EndpointsOf(s)[0].placement = model::Placement{.node = "node-b"}; },
      [](Service& s) { EndpointsOf(s)[0].placement = model::Placement{.zone_hints = {"z"}}; },
      [](Service& s) { s.internal_traffic_policy = model::TrafficPolicy::kLocal; },
      [](Service& s) { s.external_traffic_policy = model::TrafficPolicy::kLocal; },
      [](Service& s) { s.client_ip_affinity = std::chrono::seconds(9); },
      [](Service& s) { s.ports[0].balancing = model::Balancing::kMaglev; },
      [](Service& s) { s.ports[0].name = "dns"; },
      [](Service& s) { std::reverse(EndpointsOf(s).begin(), EndpointsOf(s).end()); },
      // It still takes new flows.
      [](Service& s) { EndpointsOf(s)[0].serving = false; },
  };
  for (size_t i = 0; i < harmless.size(); ++i) {
    EXPECT_EQ(AfterChanging(dns, harmless[i]), "") << i;
  }
}

TEST(StaleFlowsTest, AnEndpointThatServesNoMoreLosesItsFlows) {
  EXPECT_EQ(
      AfterChanging(
          Dns(), [](Service& s) { EndpointsOf(s)[0].ready = EndpointsOf(s)[0].serving = false; }),
      "udp 10.96.0.10:53 at 10.0.0.2:5353");
}

TEST(StaleFlowsTest, EachFamilyHasItsOwnEndpoints) {
  Service dual = Dns();
  dual.cluster_ips.push_back(Ip("fd00::a"));
  EndpointsOf(dual).push_back(EndpointAt("[fd00:10::2]:5353"));
  EndpointsOf(dual).push_back(EndpointAt("[fd00:10::3]:5353"));
  EXPECT_EQ(AfterChanging(dual, [](Service& s) { EndpointsOf(s).pop_back(); }),
            "udp [fd00::a]:53 at [fd00:10::3]:5353");
  EXPECT_EQ(AfterChanging(dual, [](Service& s) { EndpointsOf(s).resize(2); }),
            "udp [fd00::a]:53 all");
}

TEST(StaleFlowsTest, OfTcpNothingIsStaleUnlessAskedFor) {
  Service tcp = Dns();
  tcp.ports[0].protocol = Protocol::kTcp;
  const Snapshot before = SnapshotOf({tcp});
  EndpointsOf(tcp).pop_back();
  const Changes changes = {Upsert(before, tcp)};
  EXPECT_EQ(After(before, changes, FlowScope::kUdp), "");
  EXPECT_EQ(After(before, changes, FlowScope::kUdpAndHalfOpenTcp),
            "tcp 10.96.0.10:53 at 10.0.0.3:5353");
}

TEST(StaleFlowsTest, OfSctpNothingIsStale) {
  Service sctp = Dns();
  sctp.ports[0].protocol = Protocol::kSctp;
  const Snapshot before = SnapshotOf({sctp});
  EXPECT_EQ(After(before, {Remove(before, "default/dns")}, FlowScope::kUdpAndHalfOpenTcp), "");
}

TEST(StaleFlowsTest, TcpAndUdpOnOnePortAreApart) {
  Service both = Dns();
  both.ports.push_back(both.ports[0]);
  both.ports[1].protocol = Protocol::kTcp;
  const Snapshot before = SnapshotOf({both});
  both.ports[0].endpoints.pop_back();
  EXPECT_EQ(After(before, {Upsert(before, both)}, FlowScope::kUdpAndHalfOpenTcp),
            "udp 10.96.0.10:53 at 10.0.0.3:5353");
}

Service WithNodePort(Service service, uint16_t node_port) {
  service.ports[0].node_port = node_port;
  return service;
}

// kube-proxy cuts flows to that port number of any host.
TEST(StaleFlowsTest, ANodePortIsThisNodesAddresses) {
  EXPECT_EQ(AfterChanging(WithNodePort(Dns(), 30053), [](Service& s) { EndpointsOf(s).clear(); }),
            "udp 10.96.0.10:53 192.168.0.2:30053 all");
}

TEST(StaleFlowsTest, ARemovedNodePortLosesItsFlows) {
  EXPECT_EQ(AfterChanging(WithNodePort(Dns(), 30053), [](Service& s) { s.ports[0].node_port = 0; }),
            "udp 192.168.0.2:30053 all");
}

TEST(StaleFlowsTest, NodePortsExistInTheFamiliesOfTheClusterIps) {
  Service anywhere = WithNodePort(Dns(), 30053);
  anywhere.cluster_ips.clear();
  EndpointsOf(anywhere).push_back(EndpointAt("[fd00:10::2]:5353"));
  EXPECT_EQ(After({}, {Upsert({}, anywhere)}),
            "udp 192.168.0.2:30053 not at 10.0.0.2:5353 10.0.0.3:5353\n"
            "udp [fd00:168::2]:30053 not at [fd00:10::2]:5353");
}

TEST(StaleFlowsTest, NodePortsOnAllAddressesAreThoseOfTheHost) {
  HostFacts host = NodeA();
  host.node_ports_on_all_addresses = true;
  host.node_port_addresses.clear();
  host.local_addresses = {Ip("127.0.0.1"), Ip("172.16.0.1"), Ip("192.168.0.2")};
  const Changes changes = {Upsert({}, WithNodePort(Dns(), 30053))};
  Snapshot after;
  after.Apply(changes);
  EXPECT_EQ(Text(StaleFlows(changes, after, host, FlowScope::kUdp)),
            "udp 10.96.0.10:53 172.16.0.1:30053 192.168.0.2:30053 not at "
            "10.0.0.2:5353 10.0.0.3:5353");
}

TEST(StaleFlowsTest, NodePortsOnLocalhostCountToo) {
  HostFacts host = NodeA();
  host.localhost_node_ports = true;
  const Changes changes = {Upsert({}, WithNodePort(Dns(), 30053))};
  Snapshot after;
  after.Apply(changes);
  EXPECT_EQ(Text(StaleFlows(changes, after, host, FlowScope::kUdp)),
            "udp 10.96.0.10:53 127.0.0.1:30053 192.168.0.2:30053 not at "
            "10.0.0.2:5353 10.0.0.3:5353");
}

TEST(StaleFlowsTest, AFrontendThatPassesToAnotherServiceKeepsTheNewOnesEndpoints) {
  Service other = Named("default/other", Dns());
  EndpointsOf(other) = {EndpointAt("10.0.0.3:5353"), EndpointAt("10.0.0.4:5353")};
  const Snapshot before = SnapshotOf({Dns()});
  EXPECT_EQ(After(before, {Remove(before, "default/dns"), Upsert(before, other)}),
            "udp 10.96.0.10:53 at 10.0.0.2:5353");
}

// An external IP may be an address of the node, and then hides that node port.
TEST(StaleFlowsTest, AnExternalIpThatGoesGivesTheAddressBackToTheNodePort) {
  Service hiding = Named("default/hiding", Dns());
  hiding.cluster_ips.clear();
  hiding.external_ips = {Ip("192.168.0.2")};
  hiding.ports = {UdpPort(30053, {"10.0.0.7:53"})};
  const Snapshot before = SnapshotOf({WithNodePort(Dns(), 30053), hiding});
  EXPECT_EQ(After(before, {Remove(before, "default/hiding")}),
            "udp 192.168.0.2:30053 at 10.0.0.7:53");
}

TEST(StaleFlowsTest, AnExternalIpThatComesTakesTheAddressFromTheNodePort) {
  Service hiding = Named("default/hiding", Dns());
  hiding.cluster_ips.clear();
  hiding.external_ips = {Ip("192.168.0.2")};
  hiding.ports = {UdpPort(30053, {"10.0.0.7:53"})};
  const Snapshot before = SnapshotOf({WithNodePort(Dns(), 30053)});
  EXPECT_EQ(After(before, {Upsert(before, hiding)}),
            "udp 192.168.0.2:30053 at 10.0.0.2:5353 10.0.0.3:5353");
}

TEST(StaleFlowsTest, AHiddenNodePortHasNoFlowsToLose) {
  Service hiding = Named("default/hiding", Dns());
  hiding.cluster_ips.clear();
  hiding.external_ips = {Ip("192.168.0.2")};
  hiding.ports = {UdpPort(30053, {"10.0.0.7:53"})};
  const Snapshot before = SnapshotOf({WithNodePort(Dns(), 30053), hiding});
  EXPECT_EQ(After(before, {Remove(before, "default/dns")}), "udp 10.96.0.10:53 all");
}

// What it does not forward goes on to the node port.
TEST(StaleFlowsTest, AFrontendThatForwardsNobodyHidesNoNodePort) {
  Service empty = Named("default/empty", Dns());
  empty.cluster_ips.clear();
  empty.external_ips = {Ip("192.168.0.2")};
  empty.ports = {UdpPort(30053, {})};
  const Service dns = WithNodePort(Dns(), 30053);
  const Snapshot before = SnapshotOf({dns, empty});
  EXPECT_EQ(Text(AllFlows(before, NodeA(), FlowScope::kUdp)),
            "udp 10.96.0.10:53 192.168.0.2:30053 not at 10.0.0.2:5353 10.0.0.3:5353");
  Service smaller = dns;
  EndpointsOf(smaller).pop_back();
  EXPECT_EQ(After(before, {Upsert(before, smaller)}),
            "udp 10.96.0.10:53 192.168.0.2:30053 at 10.0.0.3:5353");
  Service filled = empty;
  filled.ports = {UdpPort(30053, {"10.0.0.7:53"})};
  EXPECT_EQ(After(before, {Upsert(before, filled)}),
            "udp 192.168.0.2:30053 at 10.0.0.2:5353 10.0.0.3:5353");
}

TEST(StaleFlowsTest, AHealthCheckThatTakesANodePortServesNoFlows) {
  Service tcp = WithNodePort(Dns(), 30053);
  tcp.ports[0].protocol = Protocol::kTcp;
  const Snapshot before = SnapshotOf({tcp});
  tcp.ports[0].node_port = 0;
  tcp.health_check_node_port = 30053;
  EXPECT_EQ(After(before, {Upsert(before, tcp)}, FlowScope::kUdpAndHalfOpenTcp),
            "tcp 192.168.0.2:30053 all");
}

TEST(StaleFlowsTest, AnAddressThatTakesNodePortsNoMoreLosesTheirFlows) {
  const Snapshot snapshot = SnapshotOf({WithNodePort(Dns(), 30053), testing::WebAt({})});
  HostFacts after = NodeA();
  after.node_port_addresses = {Ip("192.168.0.3")};
  EXPECT_EQ(Text(StaleFlows(NodeA(), after, snapshot, FlowScope::kUdp)),
            "udp 192.168.0.2:30053 all\n"
            "udp 192.168.0.3:30053 not at 10.0.0.2:5353 10.0.0.3:5353");
  EXPECT_EQ(Text(StaleFlows(NodeA(), NodeA(), snapshot, FlowScope::kUdp)), "");
}

TEST(StaleFlowsTest, WhereNothingIsKnownEveryFlowMustBeAtAnEndpoint) {
  Service empty = Named("default/empty", Dns());
  empty.cluster_ips = {Ip("10.96.0.11")};
  EndpointsOf(empty).clear();
  const Snapshot snapshot =
      SnapshotOf({WithNodePort(Dns(), 30053), empty, testing::WebAt({"10.0.0.2:80"})});
  EXPECT_EQ(Text(AllFlows(snapshot, NodeA(), FlowScope::kUdp)),
            "udp 10.96.0.10:53 192.168.0.2:30053 not at 10.0.0.2:5353 10.0.0.3:5353\n"
            "udp 10.96.0.11:53 all");
  EXPECT_EQ(Text(AllFlows(SnapshotOf({testing::WebAt({"10.0.0.2:80"})}), NodeA(),
                          FlowScope::kUdpAndHalfOpenTcp)),
            "tcp 10.96.0.1:80 not at 10.0.0.2:80");
}

TEST(StaleFlowsTest, RenewedRulesSayWhatHoldsNow) {
  const Snapshot before = SnapshotOf({Dns()});
  Service moved = Dns();
  moved.cluster_ips = {Ip("10.96.0.11")};
  const Changes changes = {Upsert(before, moved)};
  Snapshot after = before;
  after.Apply(changes);
  const std::vector<FlowRule> rules = StaleFlows(changes, after, NodeA(), FlowScope::kUdp);
  EndpointsOf(moved).pop_back();
  after.Apply({Upsert(after, moved)});
  EXPECT_EQ(Text(Renewed(rules, after, NodeA())),
            "udp 10.96.0.10:53 all\n"
            "udp 10.96.0.11:53 not at 10.0.0.2:5353");
}

// Whether a packet to that address, which is a frontend there, goes to an endpoint, wherever it
// comes from.
bool ForwardsAnybody(const ForwardingTable& table, const SlotAddress& dialled) {
  for (const auto& [name, service] : table.services) {
    for (const PortRoutes& port : service->ports) {
      for (const Route& route : port.routes) {
        if (route.frontend.node_port || route.frontend.protocol != Protocol::kUdp ||
            route.frontend.address != dialled.address || route.frontend.port != dialled.port) {
          continue;
        }
        return route.action == Action::kBalance || route.short_cut;
      }
    }
  }
  return false;
}

// What a flow reaches, by the book: null if nobody serves what it dialled.
const model::Port* PortDialled(const Snapshot& snapshot, const ForwardingTable& table,
                               const SlotAddress& dialled) {
  const HostFacts& host = table.host;
  const model::Port* by_node_port = nullptr;
  const model::Port* by_address = nullptr;
  for (const auto& [name, service] : snapshot.services()) {
    for (const model::Port& port : service->ports) {
      if (port.protocol != Protocol::kUdp) continue;
      for (const auto* ips :
           {&service->cluster_ips, &service->external_ips, &service->load_balancer_ips}) {
        const bool has = std::find(ips->begin(), ips->end(), dialled.address) != ips->end();
        if (has && port.port == dialled.port) by_address = &port;
      }
      if (port.node_port == dialled.port && host.AcceptsNodePortsAt(dialled.address) &&
          model::HasNodePortsIn(*service, dialled.address.family())) {
        by_node_port = &port;
      }
    }
  }
  if (by_node_port == nullptr) return by_address;
  return by_address != nullptr && ForwardsAnybody(table, dialled) ? by_address : by_node_port;
}

bool Serves(const model::Port* port, const SlotAddress& at) {
  return port != nullptr &&
         std::any_of(port->endpoints.begin(), port->endpoints.end(), [&](const model::Endpoint& e) {
           return (e.serving || e.ready) && e.address == at.address && e.port == at.port;
         });
}

// All addresses and ports that could be dialled or reached in a snapshot.
void Gather(const Snapshot& snapshot, const HostFacts& host, std::vector<SlotAddress>& dialled,
            std::vector<SlotAddress>& reached) {
  for (const auto& [name, service] : snapshot.services()) {
    for (const model::FrontendKey& frontend : model::FrontendsOf(*service)) {
      if (!frontend.node_port) dialled.push_back({frontend.address, frontend.port});
      for (const base::IpAddress& address : host.local_addresses) {
        dialled.push_back({address, frontend.port});
      }
    }
    for (const model::Port& port : service->ports) {
      for (const model::Endpoint& e : port.endpoints) reached.push_back({e.address, e.port});
    }
  }
}

struct Count {
  size_t stale = 0, kept = 0, untranslated = 0;
};

// Asks about every flow that there can have been before the changes.
void CheckEachFlow(const Snapshot& before, const Snapshot& after, const HostFacts& host,
                   const FlowRuleIndex& index, Count& count) {
  std::vector<SlotAddress> dialled, reached;
  for (const Snapshot* snapshot : {&before, &after}) Gather(*snapshot, host, dialled, reached);
  const ForwardingTable table_before = Resolve(before, host, NoSlots);
  const ForwardingTable table_after = Resolve(after, host, NoSlots);
  for (const SlotAddress& to : dialled) {
    const model::Port* then = PortDialled(before, table_before, to);
    const model::Port* now = PortDialled(after, table_after, to);
    for (const SlotAddress& at : reached) {
      if (at.address.family() != to.address.family() || !Serves(then, at)) continue;
      const bool stale = index.IsStale({.dialled = to, .reached = at});
      EXPECT_EQ(stale, !Serves(now, at)) << Join({to, at});
      ++(stale ? count.stale : count.kept);
    }
    if (then != nullptr) continue;  // only where nobody served do packets go through untranslated
    EXPECT_EQ(index.IsStale({.dialled = to, .reached = to}), now != nullptr && !Serves(now, to))
        << Join({to});
    ++count.untranslated;
  }
}

TEST(StaleFlowsTest, AfterRandomChangesExactlyTheFlowsWithoutTheirEndpointAreStale) {
  Count count;
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(seed);
    testing::RandomWorld world(seed);
    const HostFacts host = world.Host();
    Snapshot before;
    before.Apply(world.Add(before, 12));
    for (int round = 0; round < 40; ++round) {
      const Changes changes = world.Change(before);
      Snapshot after = before;
      after.Apply(changes);
      const std::vector<FlowRule> rules = StaleFlows(changes, after, host, FlowScope::kUdp);
      CheckEachFlow(before, after, host, FlowRuleIndex(rules), count);
      before = std::move(after);
    }
  }
  EXPECT_GT(count.stale, 100u);
  EXPECT_GT(count.kept, 100u);
  EXPECT_GT(count.untranslated, 100u);
}

}  // namespace
}  // namespace nftsvc::forwarding
