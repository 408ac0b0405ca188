// SPDX-License-Identifier: Apache-2.0
#include "src/iptables/compile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "src/forwarding/resolve.h"
#include "src/iptables/chain_names.h"
#include "tests/support/builders.h"
#include "tests/support/iptables_interpreter.h"

namespace nftsvc::iptables {
namespace {

using base::Family;
using testing::Cidr;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::Ip;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::WebAt;

using Texts = std::vector<std::string>;

forwarding::ForwardingTable TableOf(std::vector<model::Service> services,
                                    forwarding::HostFacts host = testing::NodeA()) {
  return forwarding::Resolve(testing::SnapshotOf(std::move(services)), host, forwarding::NoSlots);
}

Texts ChainOf(const Ruleset& ruleset, TableId table, const std::string& name) {
  Texts texts;
  for (const Chain& chain : ruleset.table(table).chains) {
    if (chain.name != name) continue;
    for (const Rule& rule : chain.rules) texts.push_back(PrintRule(rule));
    return texts;
  }
  return {"there is none"};
}

Texts JumpsOf(const Ruleset& ruleset, TableId table, const std::string& hook) {
  Texts texts;
  for (const BuiltInRule& jump : ruleset.table(table).jumps) {
    if (jump.chain == hook) texts.push_back(jump.rule.back());
  }
  return texts;
}

TEST(CompileTest, HooksComeInKubeProxysOrder) {
  const Ruleset ruleset = Compile(TableOf({}), Family::kIPv4, {});
  EXPECT_THAT(JumpsOf(ruleset, TableId::kFilter, "INPUT"),
              ElementsAre("KUBE-PROXY-FIREWALL", "KUBE-NODEPORTS", "KUBE-SERVICES",
                          "KUBE-EXTERNAL-SERVICES"));
  EXPECT_THAT(JumpsOf(ruleset, TableId::kFilter, "FORWARD"),
              ElementsAre("KUBE-PROXY-FIREWALL", "KUBE-FORWARD", "KUBE-SERVICES",
                          "KUBE-EXTERNAL-SERVICES", "KUBE-CLUSTER-IPS"));
  EXPECT_THAT(JumpsOf(ruleset, TableId::kFilter, "OUTPUT"),
              ElementsAre("KUBE-PROXY-FIREWALL", "KUBE-SERVICES", "KUBE-EXTERNAL-SERVICES",
                          "KUBE-CLUSTER-IPS"));
  for (const char* hook : {"PREROUTING", "OUTPUT"}) {
    EXPECT_THAT(JumpsOf(ruleset, TableId::kNat, hook), ElementsAre("KUBE-SERVICES"));
  }
  EXPECT_THAT(JumpsOf(ruleset, TableId::kNat, "POSTROUTING"), ElementsAre("KUBE-POSTROUTING"));
}

TEST(CompileTest, WhatCannotBeTrackedIsForwardedWhereTheHostWantsIt) {
  forwarding::HostFacts host = testing::NodeA();
  host.conntrack_is_liberal = true;
  const Ruleset ruleset = Compile(TableOf({}, host), Family::kIPv4, {});
  EXPECT_THAT(ChainOf(ruleset, TableId::kFilter, "KUBE-FORWARD"),
              ElementsAre(HasSubstr("kubernetes forwarding rules"),
                          HasSubstr("kubernetes forwarding conntrack rule")));
}

TEST(CompileTest, TheMarkIsTheOptions) {
  const Ruleset ruleset =
      Compile(TableOf({}), Family::kIPv4, {.mark_bits = 0x80, .fully_random = false});
  EXPECT_THAT(ChainOf(ruleset, TableId::kNat, "KUBE-POSTROUTING"),
              ElementsAre("-m mark ! --mark 0x00000080/0x00000080 -j RETURN",
                          "-j MARK --xor-mark 0x00000080",
                          "-m comment --comment \"kubernetes service traffic requiring SNAT\" "
                          "-j MASQUERADE"));
  EXPECT_THAT(ChainOf(ruleset, TableId::kNat, "KUBE-MARK-MASQ"),
              ElementsAre("-j MARK --or-mark 0x00000080"));
  EXPECT_THAT(ChainOf(ruleset, TableId::kFilter, "KUBE-FORWARD"),
              ElementsAre("-m conntrack --ctstate INVALID -j DROP",
                          "-m comment --comment \"kubernetes forwarding rules\" "
                          "-m mark --mark 0x00000080/0x00000080 -j ACCEPT",
                          "-m comment --comment \"kubernetes forwarding conntrack rule\" "
                          "-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT"));
  EXPECT_THAT(
      ChainOf(Compile(TableOf({}), Family::kIPv4, {}), TableId::kNat, "KUBE-POSTROUTING").back(),
      HasSubstr("-j MASQUERADE --random-fully"));
}

TEST(CompileTest, NodePortsAreTheLastThingThatIsLookedFor) {
  const Ruleset ruleset = Compile(TableOf({WebAt({"10.0.0.2:80"})}), Family::kIPv4, {});
  EXPECT_EQ(ChainOf(ruleset, TableId::kNat, "KUBE-SERVICES").back(),
            "-m comment --comment \"kubernetes service nodeports; NOTE: this must be the last rule "
            "in this chain\" -d 192.168.0.2 -j KUBE-NODEPORTS");
}

TEST(CompileTest, AFamilyHasItsOwnServicesOnly) {
  const forwarding::ForwardingTable table = TableOf({WebAt({"10.0.0.2:80"})});
  EXPECT_THAT(Print(Compile(table, Family::kIPv4, {})), HasSubstr("10.96.0.1"));
  EXPECT_THAT(Print(Compile(table, Family::kIPv6, {})), Not(HasSubstr("default/web")));
  EXPECT_THAT(Print(Compile(table, Family::kIPv6, {})), HasSubstr("-d fd00:168::2"));
}

TEST(CompileTest, WhatBelongsToNoServiceIsRefusedOnRequest) {
  forwarding::HostFacts host = testing::NodeA();
  host.service_cidrs = {Cidr("10.96.0.0/16"), Cidr("fd00:96::/64")};
  const model::Service service = WebAt({"10.0.0.2:80"});
  EXPECT_THAT(
      ChainOf(Compile(TableOf({service}, host), Family::kIPv4, {}), TableId::kFilter,
              "KUBE-CLUSTER-IPS"),
      ElementsAre("-m conntrack --ctstate DNAT -j RETURN", "-m addrtype --dst-type LOCAL -j RETURN",
                  "-m comment --comment \"default/web has no such port\" -d 10.96.0.1 "
                  "-j REJECT",
                  "-m comment --comment \"belongs to no service\" -d 10.96.0.0/16 "
                  "-j DROP"));
  host.service_cidrs.clear();
  host.reject_unassigned_ports = false;
  const Ruleset without = Compile(TableOf({service}, host), Family::kIPv4, {});
  EXPECT_THAT(ChainOf(without, TableId::kFilter, "KUBE-CLUSTER-IPS"), ElementsAre("there is none"));
  EXPECT_THAT(Print(without), Not(HasSubstr("KUBE-CLUSTER-IPS")));
}

TEST(CompileTest, WithNodePortsOnLocalhostOthersAreKeptFromLoopback) {
  forwarding::HostFacts host = testing::NodeA();
  host.localhost_node_ports = true;
  EXPECT_THAT(
      ChainOf(Compile(TableOf({}, host), Family::kIPv4, {}), TableId::kFilter, kLocalnet),
      ElementsAre(
          "-m comment --comment \"block incoming localnet connections\" -d 127.0.0.0/8 "
          "-m addrtype ! --src-type LOCAL -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT "
          "-j DROP"));
  EXPECT_THAT(ChainOf(Compile(TableOf({}, host), Family::kIPv6, {}), TableId::kFilter, kLocalnet),
              ElementsAre("there is none"));
}

TEST(CompileTest, SeveralPodCidrsAreRuledOutByAChain) {
  forwarding::HostFacts host = testing::NodeA();
  host.pods.cidrs = {Cidr("10.0.0.0/24"), Cidr("10.0.1.0/24"), Cidr("fd00:10::/64")};
  const forwarding::ForwardingTable table = TableOf({}, host);
  EXPECT_THAT(
      ChainOf(Compile(table, Family::kIPv4, {}), TableId::kNat, kMarkOutsidePods),
      ElementsAre("-s 10.0.0.0/24 -j RETURN", "-s 10.0.1.0/24 -j RETURN", "-j KUBE-MARK-MASQ"));
  EXPECT_THAT(ChainOf(Compile(table, Family::kIPv6, {}), TableId::kNat, kMarkOutsidePods),
              ElementsAre("there is none"));
}

TEST(CompileTest, AboveAThousandEndpointsTheirCommentsAreLeftOut) {
  std::vector<std::string> endpoints;
  for (int i = 0; i < 1000; ++i) {
    endpoints.push_back(absl::StrCat("10.0.", i / 250, ".", 1 + i % 250, ":80"));
  }
  EXPECT_THAT(Print(Compile(TableOf({WebAt(endpoints)}), Family::kIPv4, {})), HasSubstr(" -> "));
  endpoints.push_back("10.0.9.9:80");
  const std::string text = Print(Compile(TableOf({WebAt(endpoints)}), Family::kIPv4, {}));
  EXPECT_THAT(text, Not(HasSubstr(" -> ")));
  EXPECT_THAT(text, HasSubstr("\"default/web cluster IP\""));
}

TEST(CompileTest, EveryChainIsOneOfOurs) {
  model::Service service = WebAt({"10.0.0.2:80"});
  service.load_balancer_ips = {Ip("198.51.100.10")};
  service.load_balancer_source_ranges = {Cidr("203.0.113.0/24")};
  service.ports[0].node_port = 30080;
  const Ruleset ruleset = Compile(TableOf({service}), Family::kIPv4, {});
  for (const TableId table : kTables) {
    for (const Chain& chain : ruleset.table(table).chains) {
      EXPECT_TRUE(IsOwnChain(chain.name)) << chain.name;
    }
  }
}

TEST(CompileTest, AClientStaysWithTheEndpointThatRemembersIt) {
  model::Service service = WebAt({"10.0.0.2:80", "10.0.0.3:80"});
  service.client_ip_affinity = std::chrono::seconds(600);
  const Ruleset ruleset = Compile(TableOf({service}), Family::kIPv4, {});
  testing::IptablesInterpreter interpreter(ruleset, {});
  const forwarding::Packet packet = testing::PacketTo("10.96.0.1:80/tcp", "10.0.0.9", "eth0");
  EXPECT_THAT(interpreter.Run(packet),
              testing::Chances({{"forward to 10.0.0.2:80", 0.5}, {"forward to 10.0.0.3:80", 0.5}}));
  const std::string list = EndpointChain("default/web", base::Protocol::kTcp, Ip("10.0.0.3"), 80);
  EXPECT_TRUE(interpreter.told().contains({list, "10.0.0.9"}));
  interpreter.Remember(list, Ip("10.0.0.9"));
  EXPECT_THAT(interpreter.Run(packet), testing::Chances({{"forward to 10.0.0.3:80", 1}}));
  EXPECT_EQ(interpreter.Run(testing::PacketTo("10.96.0.1:80/tcp", "10.0.0.8", "eth0")).size(), 2U);
}

// As kube-proxy does it: for each port, whether or not there are endpoints here.
TEST(CompileTest, HealthCheckPortsAreAccepted) {
  model::Service web = WebAt({"10.0.0.2:80"});
  web.ports.push_back(testing::PortOf("443/tcp", {}));
  web.ports[0].name = "http";
  web.ports[1].name = "https";
  web.health_check_node_port = 32000;
  const Ruleset ruleset = Compile(TableOf({web}), Family::kIPv4, {});
  const auto accepts = [](const std::string& label) {
    return "-m comment --comment \"default/web:" + label +
           " health check node port\" -m tcp -p tcp --dport 32000 -j ACCEPT";
  };
  EXPECT_THAT(ChainOf(ruleset, TableId::kFilter, "KUBE-NODEPORTS"),
              ElementsAre(accepts("http"), accepts("https")));
  const Ruleset other = Compile(TableOf({web}), Family::kIPv6, {});
  EXPECT_THAT(ChainOf(other, TableId::kFilter, "KUBE-NODEPORTS"), IsEmpty());
}

}  // namespace
}  // namespace nftsvc::iptables
