// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/conntrack.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

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
    // The kernel tracks connections once there is a rule that needs it.
    ASSERT_EQ(Load(R"(
      table inet leaving {
        chain postrouting {
          type nat hook postrouting priority 100
          masquerade fully-random
        }
      })"),
              "");
  }

  // Whatever is sent to the frontends goes to these.
  static void Translate(const std::string& v4, const std::string& v6) {
    ASSERT_EQ(Load(absl::StrCat(R"(
      table inet translation
      delete table inet translation
      table inet translation {
        chain output {
          type nat hook output priority -100
          ip daddr 10.96.0.10 udp dport 53 dnat ip to )",
                                v4, R"(
          ip6 daddr fd00::a udp dport 53 dnat ip6 to )",
                                v6, R"(
        }
      })")),
              "");
  }

  // A packet to port 53 of an address, always from the same port: one flow.
  static void SendTo(const char* address) {
    addrinfo hints{};
    hints.ai_flags = AI_NUMERICHOST;
    hints.ai_socktype = SOCK_DGRAM;
    addrinfo *to = nullptr, *from = nullptr;
    ASSERT_EQ(getaddrinfo(address, "53", &hints, &to), 0);
    ASSERT_EQ(getaddrinfo(to->ai_family == AF_INET ? "0.0.0.0" : "::", "4000", &hints, &from), 0);
    const int fd = socket(to->ai_family, SOCK_DGRAM, 0);
    EXPECT_EQ(bind(fd, from->ai_addr, from->ai_addrlen), 0) << std::strerror(errno);
    EXPECT_EQ(sendto(fd, "x", 1, 0, to->ai_addr, to->ai_addrlen), 1) << std::strerror(errno);
    close(fd);
    freeaddrinfo(from);
    freeaddrinfo(to);
  }

  static void SendBoth() {
    SendTo("10.96.0.10");
    SendTo("fd00::a");
  }
};

TEST_F(TranslatedFlowTest, AFlowFindsItsNewEndpointOnceItIsForgotten) {
  SendBoth();
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
