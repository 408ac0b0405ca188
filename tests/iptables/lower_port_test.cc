// SPDX-License-Identifier: Apache-2.0
#include "src/iptables/lower_port.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "src/forwarding/resolve.h"
#include "src/iptables/chain_names.h"
#include "tests/support/builders.h"

namespace nftsvc::iptables {
namespace {

using testing::Cidr;
using ::testing::ElementsAre;
using testing::EndpointOn;
using testing::Ip;
using ::testing::IsEmpty;
using testing::WebAt;

using Texts = std::vector<std::string>;

Texts LowerPortPrinted(const std::vector<Rule>& rules) {
  Texts texts;
  for (const Rule& rule : rules) texts.push_back(PrintRule(rule));
  return texts;
}

// default/web (10.96.0.1:80/tcp), or what became of it, on node-a, as IPv4.
struct Lowering {
  explicit Lowering(const model::Service& service, const NodePorts& node_ports = {},
                    std::optional<model::Balancing> balancing = std::nullopt,
                    bool comments = true) {
    const forwarding::HostFacts host = testing::NodeA();
    forwarding::ServiceRoutes routes = forwarding::Resolve(service, host, forwarding::NoSlots);
    for (forwarding::PortRoutes& port : routes.ports) {
      if (port.family != base::Family::kIPv4) continue;
      if (balancing.has_value()) port.balancing = *balancing;
      LowerPort(port, {.host = host, .node_ports = node_ports, .comments_on_endpoints = comments},
                out);
    }
  }

  // The rules of a chain, with the hashes of names left out: they are chain_names_test's.
  Texts ChainOf(const std::string& prefix) const {
    for (const Chain& chain : out.chains) {
      if (chain.name.starts_with(prefix)) return LowerPortPrinted(chain.rules);
    }
    return {"there is none"};
  }

  Lowered out;
};

class LowerPortTest : public ::testing::Test {
 protected:
  const PortChains names_ = PortChainsOf("default/web", base::Protocol::kTcp);
  static std::string Endpoint(absl::string_view address) {
    return EndpointChain("default/web", base::Protocol::kTcp, Ip(address), 80);
  }
};

TEST_F(LowerPortTest, AClusterIpMarksStrangersAndDrawsAnEndpoint) {
  const Lowering lowered(WebAt({"10.0.0.2:80", "10.0.0.3:80", "10.0.0.4:80"}));
  EXPECT_THAT(LowerPortPrinted(lowered.out.services),
              ElementsAre(absl::StrCat("-m comment --comment \"default/web cluster IP\" -m tcp "
                                       "-p tcp -d 10.96.0.1 --dport 80 -j ",
                                       names_.service)));
  EXPECT_THAT(
      lowered.ChainOf("KUBE-SVC-"),
      ElementsAre(
          "-m comment --comment \"default/web cluster IP\" -m tcp -p tcp -d 10.96.0.1 "
          "--dport 80 ! -s 10.0.0.0/8 -j KUBE-MARK-MASQ",
          "-m comment --comment \"default/web -> 10.0.0.2:80\" -m statistic --mode random "
          "--probability 0.3333333333 -j " +
              Endpoint("10.0.0.2"),
          "-m comment --comment \"default/web -> 10.0.0.3:80\" -m statistic --mode random "
          "--probability 0.5000000000 -j " +
              Endpoint("10.0.0.3"),
          "-m comment --comment \"default/web -> 10.0.0.4:80\" -j " + Endpoint("10.0.0.4")));
  EXPECT_THAT(lowered.ChainOf(Endpoint("10.0.0.3")),
              ElementsAre("-m comment --comment default/web -s 10.0.0.3 -j KUBE-MARK-MASQ",
                          "-m comment --comment default/web -m tcp -p tcp -j DNAT "
                          "--to-destination 10.0.0.3:80"));
  EXPECT_THAT(lowered.ChainOf("KUBE-EXT-"), ElementsAre("there is none"));
}

TEST_F(LowerPortTest, ManyEndpointsHaveNoComments) {
  const Lowering lowered(WebAt({"10.0.0.2:80"}), {}, std::nullopt, /*comments=*/false);
  EXPECT_EQ(lowered.ChainOf("KUBE-SVC-").back(), "-j " + Endpoint("10.0.0.2"));
  EXPECT_THAT(lowered.ChainOf("KUBE-SEP-"),
              ElementsAre("-s 10.0.0.2 -j KUBE-MARK-MASQ",
                          "-m tcp -p tcp -j DNAT --to-destination 10.0.0.2:80"));
}

TEST_F(LowerPortTest, WeightsAreProbabilities) {
  model::Service service = WebAt({"10.0.0.2:80", "10.0.0.3:80"});
  service.ports[0].endpoints[0].weight = 3;
  EXPECT_EQ(Lowering(service).ChainOf("KUBE-SVC-")[1],
            "-m comment --comment \"default/web -> 10.0.0.2:80\" -m statistic --mode random "
            "--probability 0.7500000000 -j " +
                Endpoint("10.0.0.2"));
}

TEST_F(LowerPortTest, TurnsAreOneRuleForEachSlot) {
  model::Service service = WebAt({"10.0.0.2:80", "10.0.0.3:80"});
  service.ports[0].endpoints[0].weight = 2;
  const Texts rules =
      Lowering(service, {}, model::Balancing::kRoundRobin, /*comments=*/false).ChainOf("KUBE-SVC-");
  EXPECT_THAT(Texts(rules.begin() + 1, rules.end()),
              ElementsAre("-m statistic --mode nth --every 3 --packet 0 -j " + Endpoint("10.0.0.2"),
                          "-m statistic --mode nth --every 2 --packet 0 -j " + Endpoint("10.0.0.2"),
                          "-j " + Endpoint("10.0.0.3")));
}

TEST_F(LowerPortTest, AffinityAsksEachEndpointBeforeTheDraw) {
  model::Service service = WebAt({"10.0.0.2:80", "10.0.0.3:80"});
  service.client_ip_affinity = std::chrono::seconds(10800);
  const Lowering lowered(service);
  const std::string first = Endpoint("10.0.0.2");
  EXPECT_EQ(lowered.ChainOf("KUBE-SVC-")[1],
            "-m comment --comment \"default/web -> 10.0.0.2:80\" -m recent --name " + first +
                " --rcheck --seconds 10800 --reap -j " + first);
  EXPECT_EQ(lowered.ChainOf(first)[1], "-m comment --comment default/web -m recent --name " +
                                           first +
                                           " --set -m tcp -p tcp -j DNAT --to-destination "
                                           "10.0.0.2:80");
}

TEST_F(LowerPortTest, NoEndpointsAreRefusedInTheFilterTable) {
  model::Service service = WebAt({});
  service.external_ips = {Ip("198.51.100.1")};
  service.ports[0].node_port = 30080;
  const Lowering lowered(service);
  EXPECT_THAT(lowered.out.chains, IsEmpty());
  EXPECT_THAT(lowered.out.services, IsEmpty());
  EXPECT_THAT(lowered.out.node_ports, IsEmpty());
  EXPECT_THAT(LowerPortPrinted(lowered.out.refused_cluster_ips),
              ElementsAre("-m comment --comment \"default/web has no endpoints\" -m tcp -p tcp "
                          "-d 10.96.0.1 --dport 80 -j REJECT"));
  EXPECT_THAT(LowerPortPrinted(lowered.out.refused_externals),
              ElementsAre("-m comment --comment \"default/web has no endpoints\" -m tcp -p tcp "
                          "-d 198.51.100.1 --dport 80 -j REJECT"));
  EXPECT_THAT(LowerPortPrinted(lowered.out.refused_node_ports),
              ElementsAre("-m comment --comment \"default/web has no endpoints\" -d 192.168.0.2 "
                          "-m tcp -p tcp --dport 30080 -j REJECT"));
}

TEST_F(LowerPortTest, ExternalTrafficIsMasqueraded) {
  model::Service service = WebAt({"10.0.0.2:80"});
  service.external_ips = {Ip("198.51.100.1")};
  service.ports[0].node_port = 30080;
  const Lowering lowered(service);
  EXPECT_EQ(PrintRule(lowered.out.services[1]),
            "-m comment --comment \"default/web external IP\" -m tcp -p tcp -d 198.51.100.1 "
            "--dport 80 -j " +
                names_.external);
  EXPECT_THAT(LowerPortPrinted(lowered.out.node_ports),
              ElementsAre("-m comment --comment default/web -m tcp -p tcp --dport 30080 -j " +
                          names_.external));
  EXPECT_THAT(lowered.ChainOf("KUBE-EXT-"),
              ElementsAre("-m comment --comment \"masquerade traffic for default/web external "
                          "destinations\" -j KUBE-MARK-MASQ",
                          "-j " + names_.service));
}

// Endpoints elsewhere only: pods and the host reach them, others are dropped.
model::Service ExternalLocal(absl::string_view node) {
  model::Service service = testing::Web({EndpointOn(node, "10.0.0.2:80")});
  service.external_ips = {Ip("198.51.100.1")};
  service.external_traffic_policy = model::TrafficPolicy::kLocal;
  return service;
}

TEST_F(LowerPortTest, AnExternalPolicyOfLocalHasAShortCut) {
  const Lowering here(ExternalLocal("node-a"));
  const std::vector<std::string> short_cut = {
      "-m comment --comment \"pod traffic for default/web external destinations\" -s 10.0.0.0/8 "
      "-j " +
          names_.service,
      "-m comment --comment \"masquerade LOCAL traffic for default/web external destinations\" "
      "-m addrtype --src-type LOCAL -j KUBE-MARK-MASQ",
      "-m comment --comment \"route LOCAL traffic for default/web external destinations\" "
      "-m addrtype --src-type LOCAL -j " +
          names_.service};
  Texts with_local = short_cut;
  with_local.push_back("-j " + names_.local);
  EXPECT_EQ(here.ChainOf("KUBE-EXT-"), with_local);
  EXPECT_THAT(here.out.refused_externals, IsEmpty());

  const Lowering elsewhere(ExternalLocal("node-b"));
  EXPECT_EQ(elsewhere.ChainOf("KUBE-EXT-"), short_cut);
  EXPECT_THAT(LowerPortPrinted(elsewhere.out.refused_externals),
              ElementsAre("-m comment --comment \"default/web has no local endpoints\" -m tcp "
                          "-p tcp -d 198.51.100.1 --dport 80 -j DROP"));
}

TEST_F(LowerPortTest, WhatIsToBeDroppedIsNotTakenForANodePorts) {
  const Lowering lowered(ExternalLocal("node-b"), {{base::Protocol::kTcp, 80}});
  EXPECT_EQ(lowered.ChainOf("KUBE-EXT-").back(),
            "-m comment --comment \"no node port for other traffic for default/web external "
            "destinations\" -j ACCEPT");
}

model::Service Restricted(const std::vector<std::string>& endpoints) {
  model::Service service = WebAt(endpoints);
  service.load_balancer_ips = {Ip("198.51.100.10")};
  service.load_balancer_source_ranges = {Cidr("203.0.113.0/25"), Cidr("203.0.113.128/25")};
  return service;
}

TEST_F(LowerPortTest, SourceRangesAreAFirewallInFrontOfALoadBalancerIp) {
  const Lowering lowered(Restricted({"10.0.0.2:80"}));
  EXPECT_EQ(PrintRule(lowered.out.services[1]),
            "-m comment --comment \"default/web loadbalancer IP\" -m tcp -p tcp -d 198.51.100.10 "
            "--dport 80 -j " +
                names_.firewall);
  EXPECT_THAT(lowered.ChainOf("KUBE-FW-"),
              ElementsAre("-m comment --comment \"default/web loadbalancer IP\" -s 203.0.113.0/25 "
                          "-j " +
                              names_.external,
                          "-m comment --comment \"default/web loadbalancer IP\" "
                          "-s 203.0.113.128/25 -j " +
                              names_.external,
                          "-m comment --comment \"other traffic to default/web will be dropped by "
                          "KUBE-PROXY-FIREWALL\""));
  EXPECT_THAT(
      LowerPortPrinted(lowered.out.refused_sources),
      ElementsAre("-m comment --comment \"default/web traffic not accepted by " + names_.firewall +
                  "\" -m tcp -p tcp -d 198.51.100.10 --dport 80 -j DROP"));
}

TEST_F(LowerPortTest, SourceRangesHoldWithoutEndpointsToo) {
  const Lowering lowered(Restricted({}));
  EXPECT_THAT(lowered.out.chains, IsEmpty());
  EXPECT_THAT(
      LowerPortPrinted(lowered.out.refused_sources),
      ElementsAre("-m comment --comment \"default/web loadbalancer IP\" -s 203.0.113.0/25 "
                  "-m tcp -p tcp -d 198.51.100.10 --dport 80 -j RETURN",
                  "-m comment --comment \"default/web loadbalancer IP\" "
                  "-s 203.0.113.128/25 -m tcp -p tcp -d 198.51.100.10 --dport 80 -j RETURN",
                  "-m comment --comment \"default/web traffic not accepted by " + names_.firewall +
                      "\" -m tcp -p tcp -d 198.51.100.10 --dport 80 -j DROP"));
}

}  // namespace
}  // namespace nftsvc::iptables
