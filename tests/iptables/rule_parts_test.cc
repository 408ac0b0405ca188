// SPDX-License-Identifier: Apache-2.0
#include "src/iptables/rule_parts.h"

#include <gtest/gtest.h>

#include "tests/support/builders.h"

namespace nftsvc::iptables {
namespace {

using base::Family;
using testing::Cidr;
using testing::FrontendAt;
using testing::Ip;

std::vector<std::string> Printed(const std::vector<Rule>& rules) {
  std::vector<std::string> texts;
  for (const Rule& rule : rules) texts.push_back(PrintRule(rule));
  return texts;
}

using Texts = std::vector<std::string>;

forwarding::PodDetector Cidrs(std::vector<base::IpPrefix> cidrs) {
  forwarding::PodDetector pods;
  pods.cidrs = std::move(cidrs);
  return pods;
}

forwarding::PodDetector Bridge(const std::string& name) {
  forwarding::PodDetector pods;
  pods.interface = name;
  return pods;
}

forwarding::PodDetector Prefix(const std::string& name) {
  forwarding::PodDetector pods;
  pods.interface_prefix = name;
  return pods;
}

TEST(RulePartsTest, JoinPutsPiecesBehindEachOther) {
  EXPECT_EQ(PrintRule(Join(Comment("a b"), Rule(), Rule{"-s", "10.0.0.2"}, JumpTo("DROP"))),
            "-m comment --comment \"a b\" -s 10.0.0.2 -j DROP");
}

TEST(RulePartsTest, CommentsAreCutWhereXtCommentWouldRefuseThem) {
  EXPECT_EQ(Comment(std::string(400, 'a')).back(), std::string(255, 'a'));
}

TEST(RulePartsTest, AFrontendIsAnAddressOrANodePort) {
  EXPECT_EQ(PrintRule(Dialled(FrontendAt("10.96.0.1:53/udp"))),
            "-m udp -p udp -d 10.96.0.1 --dport 53");
  EXPECT_EQ(PrintRule(Dialled(FrontendAt("[fd00::1]:80/sctp"))),
            "-m sctp -p sctp -d fd00::1 --dport 80");
  EXPECT_EQ(PrintRule(Dialled(FrontendAt("node port 30080/tcp"))), "-m tcp -p tcp --dport 30080");
}

TEST(RulePartsTest, NodePortsAreDialledAtAllLocalAddressesButLoopback) {
  forwarding::HostFacts host;
  host.node_ports_on_all_addresses = true;
  EXPECT_EQ(Printed(AtNode(host, Family::kIPv4)),
            Texts{"-m addrtype --dst-type LOCAL ! -d 127.0.0.0/8"});
  EXPECT_EQ(Printed(AtNode(host, Family::kIPv6)),
            Texts{"-m addrtype --dst-type LOCAL ! -d ::1/128"});
}

TEST(RulePartsTest, NodePortsAreDialledAtTheListedAddressesOfTheFamily) {
  forwarding::HostFacts host;
  host.node_port_addresses = {Ip("127.0.0.1"), Ip("192.168.0.2"), Ip("192.168.1.2"), Ip("fd00::2")};
  EXPECT_EQ(Printed(AtNode(host, Family::kIPv4)), (Texts{"-d 192.168.0.2", "-d 192.168.1.2"}));
  EXPECT_EQ(Printed(AtNode(host, Family::kIPv6)), Texts{"-d fd00::2"});
}

TEST(RulePartsTest, NodePortsOnLocalhostAreForThisHost) {
  forwarding::HostFacts host;
  host.localhost_node_ports = true;
  EXPECT_EQ(Printed(AtNode(host, Family::kIPv4)),
            Texts{"-m addrtype --src-type LOCAL -d 127.0.0.1"});
  EXPECT_EQ(Printed(AtNode(host, Family::kIPv6)), Texts());
}

TEST(RulePartsTest, PodsAreToldByOneSign) {
  EXPECT_EQ(Printed(FromPods(Cidrs({Cidr("10.0.0.0/8"), Cidr("fd00::/64")}), Family::kIPv4)),
            Texts{"-s 10.0.0.0/8"});
  EXPECT_EQ(Printed(FromPods(Bridge("cbr0"), Family::kIPv6)), Texts{"-i cbr0"});
  EXPECT_EQ(Printed(FromPods(Prefix("veth"), Family::kIPv4)), Texts{"-i veth+"});
  EXPECT_EQ(Printed(FromPods({}, Family::kIPv4)), Texts());
}

TEST(RulePartsTest, APrefixAsLongAsAnyNameNeedsNoWildcard) {
  EXPECT_EQ(Printed(FromPods(Prefix("fifteen-letters"), Family::kIPv4)),
            Texts{"-i fifteen-letters"});
  EXPECT_EQ(Printed(FromPods(Prefix("fourteen-lette"), Family::kIPv4)),
            Texts{"-i fourteen-lette+"});
}

TEST(RulePartsTest, OneCidrIsRuledOutInPlaceAndSeveralByAChain) {
  EXPECT_EQ(PrintRule(MarkOutsidePods(Cidrs({Cidr("10.0.0.0/8")}), Family::kIPv4)),
            "! -s 10.0.0.0/8 -j KUBE-MARK-MASQ");
  EXPECT_EQ(PrintRule(MarkOutsidePods(Prefix("veth"), Family::kIPv4)),
            "! -i veth+ -j KUBE-MARK-MASQ");
  EXPECT_EQ(
      PrintRule(MarkOutsidePods(Cidrs({Cidr("10.0.0.0/24"), Cidr("10.0.1.0/24")}), Family::kIPv4)),
      "-j KUBE-MARK-OUTSIDE-PODS");
}

}  // namespace
}  // namespace nftsvc::iptables
