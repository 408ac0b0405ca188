// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/conntrack.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "tests/netlink/flow_table.h"
#include "tests/netlink/net_namespace.h"
#include "tests/netlink/nft_command.h"
#include "tests/support/builders.h"

namespace nftsvc::netlink {
namespace {

using base::Protocol;
using forwarding::FlowRule;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Entries in the real kernel's table; see KernelTest.
class ConntrackTest : public KernelTest {
 protected:
  // "OK 3": how many were deleted.
  std::string Delete(const std::vector<FlowRule>& rules) {
    const size_t before = conntrack_.listed();
    const absl::StatusOr<size_t> deleted = conntrack_.DeleteStale(rules);
    listed_ = conntrack_.listed() - before;
    return deleted.ok() ? absl::StrCat("OK ", *deleted) : StatusText(deleted.status());
  }

  // By the last call.
  size_t listed() const { return listed_; }

 private:
  Conntrack conntrack_;
  size_t listed_ = 0;
};

FlowRule All(const std::vector<std::string>& frontends) {
  FlowRule rule;
  rule.frontends = testing::AtEach(frontends);
  return rule;
}

FlowRule NotAt(const std::string& endpoint, const std::vector<std::string>& frontends) {
  FlowRule rule = All(frontends);
  rule.endpoints = testing::AtEach({endpoint});
  return rule;
}

FlowRule At(const std::string& endpoint, const std::vector<std::string>& frontends) {
  FlowRule rule = NotAt(endpoint, frontends);
  rule.stale = FlowRule::Stale::kAtThese;
  return rule;
}

TEST_F(ConntrackTest, AnEmptyTableHasNothingStale) {
  EXPECT_EQ(Delete({All({"10.96.0.10:53"})}), "OK 0");
  EXPECT_EQ(Delete({}), "OK 0");
}

TEST_F(ConntrackTest, FlowsAtARemovedEndpointGoAndTheOthersStay) {
  AddFlows({FlowOf("10.96.0.10:53", "10.0.0.2:5353", 1),
            FlowOf("10.96.0.10:53", "10.0.0.3:5353", 2), FlowOf("10.96.0.10:53", "10.0.0.2:53", 3),
            FlowOf("10.96.0.11:53", "10.0.0.2:5353", 4),
            FlowOf("10.0.0.2:5353", "10.0.0.2:5353", 5)});
  EXPECT_EQ(Delete({At("10.0.0.2:5353", {"10.96.0.10:53"})}), "OK 1");
  EXPECT_THAT(
      ListedFlows(),
      ElementsAre("udp 10.0.0.2:5353 > 10.0.0.2:5353", "udp 10.96.0.10:53 > 10.0.0.2:53",
                  "udp 10.96.0.10:53 > 10.0.0.3:5353", "udp 10.96.0.11:53 > 10.0.0.2:5353"));
  EXPECT_EQ(Delete({At("10.0.0.2:5353", {"10.96.0.10:53"})}), "OK 0");
}

TEST_F(ConntrackTest, FlowsThatWentThroughUntranslatedGo) {
  AddFlows(
      {FlowOf("10.96.0.10:53", "10.96.0.10:53", 1), FlowOf("10.96.0.10:53", "10.0.0.2:5353", 2)});
  EXPECT_EQ(Delete({NotAt("10.0.0.2:5353", {"10.96.0.10:53"})}), "OK 1");
  EXPECT_THAT(ListedFlows(), ElementsAre("udp 10.96.0.10:53 > 10.0.0.2:5353"));
}

TEST_F(ConntrackTest, WithoutEndpointsAllFlowsGo) {
  AddFlows({FlowOf("10.96.0.10:53", "10.96.0.10:53", 1),
            FlowOf("10.96.0.10:53", "10.0.0.2:5353", 2),
            FlowOf("10.96.0.10:54", "10.0.0.2:5353", 3)});
  EXPECT_EQ(Delete({All({"10.96.0.10:53"})}), "OK 2");
  EXPECT_THAT(ListedFlows(), ElementsAre("udp 10.96.0.10:54 > 10.0.0.2:5353"));
}

// The kernel's filter takes IPv6 addresses the wrong way round.
TEST_F(ConntrackTest, FlowsOfIpv6GoByTheSameRules) {
  AddFlows(
      {FlowOf("[fd00::a]:53", "[fd00:10::2]:53", 1), FlowOf("[fd00::a]:53", "[fd00:10::3]:53", 2),
       FlowOf("[fd00::b]:53", "[fd00:10::2]:53", 3), FlowOf("[fd00::a]:53", "[fd00::a]:53", 4)});
  EXPECT_EQ(Delete({At("[fd00:10::2]:53", {"[fd00::a]:53"})}), "OK 1");
  EXPECT_THAT(ListedFlows(),
              ElementsAre("udp [fd00::a]:53 > [fd00:10::3]:53", "udp [fd00::a]:53 > [fd00::a]:53",
                          "udp [fd00::b]:53 > [fd00:10::2]:53"));
  EXPECT_EQ(Delete({NotAt("[fd00:10::3]:53", {"[fd00::a]:53"})}), "OK 1");
  EXPECT_EQ(Delete({All({"[fd00::a]:53"})}), "OK 1");
  EXPECT_THAT(ListedFlows(), ElementsAre("udp [fd00::b]:53 > [fd00:10::2]:53"));
}

TEST_F(ConntrackTest, RulesOfBothFamiliesAreCarriedOutTogether) {
  AddFlows({FlowOf("10.96.0.10:53", "10.0.0.2:53", 1), FlowOf("[fd00::a]:53", "[fd00:10::2]:53", 2),
            FlowOf("10.96.0.12:123", "10.0.0.2:123", 3),
            FlowOf("10.96.0.13:53", "10.0.0.2:53", 4)});
  EXPECT_EQ(Delete({All({"10.96.0.10:53"}), At("[fd00:10::2]:53", {"[fd00::a]:53"}),
                    NotAt("10.0.0.3:123", {"10.96.0.12:123"})}),
            "OK 3");
  EXPECT_THAT(ListedFlows(), ElementsAre("udp 10.96.0.13:53 > 10.0.0.2:53"));
}

// kube-proxy cuts them by the port number alone.
TEST_F(ConntrackTest, FlowsToANodePortsNumberElsewhereStay) {
  AddFlows({FlowOf("192.168.0.2:30053", "10.0.0.2:53", 1),
            FlowOf("192.168.0.3:30053", "10.0.0.2:53", 2),
            FlowOf("192.168.0.9:30053", "192.168.0.9:30053", 3)});
  EXPECT_EQ(Delete({All({"192.168.0.2:30053", "192.168.0.3:30053"})}), "OK 2");
  EXPECT_THAT(ListedFlows(), ElementsAre("udp 192.168.0.9:30053 > 192.168.0.9:30053"));
}

NewFlow With(NewFlow flow, Protocol protocol, NewFlow::State state) {
  flow.protocol = protocol;
  flow.state = state;
  return flow;
}

TEST_F(ConntrackTest, OtherProtocolsAreLeftAlone) {
  AddFlows(
      {With(FlowOf("10.96.0.10:53", "10.0.0.2:53", 1), Protocol::kTcp, NewFlow::State::kUnanswered),
       With(FlowOf("10.96.0.10:53", "10.0.0.2:53", 2), Protocol::kSctp,
            NewFlow::State::kUnanswered)});
  EXPECT_EQ(Delete({All({"10.96.0.10:53"})}), "OK 0");
  EXPECT_EQ(CountedFlows(), 2u);
}

TEST_F(ConntrackTest, OfTcpOnlyHalfOpenFlowsGo) {
  AddFlows(
      {With(FlowOf("10.96.0.10:80", "10.0.0.1:80", 1), Protocol::kTcp, NewFlow::State::kUnanswered),
       With(FlowOf("10.96.0.10:80", "10.0.0.2:80", 2), Protocol::kTcp, NewFlow::State::kPickedUp),
       With(FlowOf("10.96.0.10:80", "10.0.0.3:80", 3), Protocol::kTcp,
            NewFlow::State::kEstablished),
       FlowOf("10.96.0.10:80", "10.0.0.4:80", 4)});
  FlowRule rule = All({"10.96.0.10:80"});
  rule.protocol = Protocol::kTcp;
  EXPECT_EQ(Delete({rule}), "OK 1");
  EXPECT_THAT(ListedFlows(),
              ElementsAre("tcp 10.96.0.10:80 > 10.0.0.2:80", "tcp 10.96.0.10:80 > 10.0.0.3:80",
                          "udp 10.96.0.10:80 > 10.0.0.4:80"));
}

TEST_F(ConntrackTest, EachZoneHasItsFlows) {
  NewFlow zoned = FlowOf("10.96.0.10:53", "10.0.0.2:53", 1);
  AddFlow(zoned);
  zoned.zone = 7;
  AddFlow(zoned);
  zoned.zone = 8;
  zoned.reached = testing::At("10.0.0.3:53");
  AddFlow(zoned);
  EXPECT_EQ(Delete({At("10.0.0.2:53", {"10.96.0.10:53"})}), "OK 2");
  EXPECT_THAT(ListedFlows(), ElementsAre("udp 10.96.0.10:53 > 10.0.0.3:53 zone 8"));
}

// 10 frontends, each with `count` flows to four endpoints.
void AddManyFlows(uint32_t count) {
  std::vector<NewFlow> flows;
  for (uint32_t i = 0; i < 10 * count; ++i) {
    flows.push_back(FlowOf(absl::StrCat("10.96.0.", i % 10, ":53"),
                           absl::StrCat("10.0.0.", i / 10 % 4, ":5353"), i));
  }
  AddFlows(flows);
}

TEST_F(ConntrackTest, TheKernelHandsOverOnlyWhatGoes) {
  AddManyFlows(400);
  EXPECT_EQ(Delete({At("10.0.0.3:5353", {"10.96.0.2:53"})}), "OK 100");
  EXPECT_EQ(listed(), 100u);
  EXPECT_EQ(Delete({All({"10.96.0.4:53"})}), "OK 400");
  EXPECT_EQ(listed(), 400u);
  EXPECT_EQ(Delete({All({"10.96.0.200:53"})}), "OK 0");
  EXPECT_EQ(listed(), 0u);
  EXPECT_EQ(CountedFlows(), 3500u);
}

TEST_F(ConntrackTest, OfIpv6TheKernelHandsOverTheFlowsOfThePort) {
  AddManyFlows(10);
  AddFlows(
      {FlowOf("[fd00::a]:53", "[fd00:10::2]:53", 1), FlowOf("[fd00::b]:53", "[fd00:10::2]:53", 2),
       FlowOf("[fd00::a]:54", "[fd00:10::2]:53", 3), FlowOf("[fd00::a]:53", "[fd00:10::2]:9", 4)});
  EXPECT_EQ(Delete({At("[fd00:10::2]:53", {"[fd00::a]:53"})}), "OK 1");
  EXPECT_EQ(listed(), 2u);
}

TEST_F(ConntrackTest, ManyRulesTakeOneListing) {
  AddManyFlows(400);
  std::vector<FlowRule> rules;
  for (int i = 0; i < 1000; ++i) {
    rules.push_back(NotAt("10.0.0.1:5353", {absl::StrCat("10.96.", i / 250, ".", i % 250, ":53")}));
  }
  EXPECT_EQ(Delete(rules), "OK 3000");
  // Deleting moves what is not listed yet, and then the kernel may list some of it again.
  EXPECT_GE(listed(), 4000u);
  EXPECT_LT(listed(), 4400u);
  EXPECT_EQ(CountedFlows(), 1000u);
  EXPECT_EQ(Delete(rules), "OK 0");
}

TEST_F(ConntrackTest, AFullSweepLeavesExactlyTheServed) {
  AddManyFlows(50);
  AddFlow(FlowOf("10.200.0.1:53", "10.200.0.1:53", 1));
  std::vector<FlowRule> rules;
  for (int i = 0; i < 10; ++i) rules.push_back(All({absl::StrCat("10.96.0.", i, ":53")}));
  EXPECT_EQ(Delete(rules), "OK 500");
  EXPECT_THAT(ListedFlows(), ElementsAre("udp 10.200.0.1:53 > 10.200.0.1:53"));
}

TEST_F(ConntrackTest, ItTakesACapability) {
  AddFlow(FlowOf("10.96.0.10:53", "10.0.0.2:53", 1));
  EXPECT_EQ(InChild([&] {
              if (setuid(65534) != 0) return std::string("cannot drop privileges");
              return Delete({All({"10.96.0.10:53"})});
            }),
            "PERMISSION_DENIED: count flows: operation not permitted (needs CAP_NET_ADMIN)");
  EXPECT_EQ(CountedFlows(), 1u);
}

// Real packets, translated by real rules.
class TranslatedFlowTest : public ConntrackTest {
 protected:
  void SetUp() override {
    ConntrackTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    for (const char* command :
         {"link add d0 type veth peer name d1", "link set d0 up", "link set d1 up",
          "addr add 10.1.0.1/16 dev d0", "addr add fd00:1::1/64 dev d0 nodad",
          "route add default dev d0", "-6 route add default dev d0"}) {
      ASSERT_EQ(std::system(absl::StrCat("ip ", command).c_str()), 0) << command;
    }
  }

  // Whatever is sent to the frontends goes to these, masqueraded.
  static void Translate(const std::string& v4, const std::string& v6) {
    ASSERT_EQ(Load(absl::StrCat(R"(
      table inet test {
        chain out { type nat hook output priority -100;
          ip daddr 10.96.0.10 udp dport 53 dnat ip to )",
                                v4, R"(
          ip6 daddr fd00::a udp dport 53 dnat ip6 to )",
                                v6, R"( }
        chain post { type nat hook postrouting priority 100; masquerade fully-random }
      })")),
              "");
  }

  static void SendTo(int family, absl::string_view text) {
    const forwarding::SlotAddress to = testing::At(text);
    const int fd = socket(family, SOCK_DGRAM, 0);
    sockaddr_storage from{}, address{};
    if (family == AF_INET) {
      auto& v4 = reinterpret_cast<sockaddr_in&>(address);
      v4 = {.sin_family = AF_INET, .sin_port = htons(to.port), .sin_addr = {}, .sin_zero = {}};
      std::memcpy(&v4.sin_addr, to.address.bytes().data(), 4);
    } else {
      auto& v6 = reinterpret_cast<sockaddr_in6&>(address);
      v6.sin6_family = AF_INET6;
      v6.sin6_port = htons(to.port);
      std::memcpy(&v6.sin6_addr, to.address.bytes().data(), 16);
    }
    // Always the same source port: one flow.
    from.ss_family = static_cast<sa_family_t>(family);
    reinterpret_cast<sockaddr_in&>(from).sin_port = htons(4000);  // where both kinds have it
    EXPECT_EQ(bind(fd, reinterpret_cast<sockaddr*>(&from), sizeof(from)), 0);
    EXPECT_EQ(sendto(fd, "x", 1, 0, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 1);
    close(fd);
  }

  static void SendBoth() {
    SendTo(AF_INET, "10.96.0.10:53");
    SendTo(AF_INET6, "[fd00::a]:53");
  }
};

TEST_F(TranslatedFlowTest, AFlowFindsItsNewEndpointOnceItIsForgotten) {
  SendBoth();  // before there are any rules
  const auto untranslated =
      ElementsAre("udp 10.96.0.10:53 > 10.96.0.10:53", "udp [fd00::a]:53 > [fd00::a]:53");
  EXPECT_THAT(ListedFlows(), untranslated);
  Translate("10.0.0.2:5353", "[fd00:10::2]:5353");
  SendBoth();
  EXPECT_THAT(ListedFlows(), untranslated) << "flows keep what their first packet got";

  EXPECT_EQ(Delete({NotAt("10.0.0.2:5353", {"10.96.0.10:53"}),
                    NotAt("[fd00:10::2]:5353", {"[fd00::a]:53"})}),
            "OK 2");
  SendBoth();
  EXPECT_THAT(ListedFlows(), ElementsAre("udp 10.96.0.10:53 > 10.0.0.2:5353",
                                         "udp [fd00::a]:53 > [fd00:10::2]:5353"));

  ASSERT_EQ(Nft("delete table inet test"), "");
  Translate("10.0.0.3:5353", "[fd00:10::3]:5353");
  EXPECT_EQ(
      Delete({At("10.0.0.2:5353", {"10.96.0.10:53"}), At("[fd00:10::2]:5353", {"[fd00::a]:53"})}),
      "OK 2");
  SendBoth();
  EXPECT_THAT(ListedFlows(), ElementsAre("udp 10.96.0.10:53 > 10.0.0.3:5353",
                                         "udp [fd00::a]:53 > [fd00:10::3]:5353"));
}

}  // namespace
}  // namespace nftsvc::netlink
