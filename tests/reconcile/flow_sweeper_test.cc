// SPDX-License-Identifier: Apache-2.0
#include "src/reconcile/flow_sweeper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/support/loop.h"

namespace nftsvc::reconcile {
namespace {

using testing::At;
using testing::EndpointAt;
using ::testing::HasSubstr;
using testing::Loop;
using testing::PortOf;
using ::testing::SizeIs;

constexpr char kDnsAddress[] = "10.96.0.10";

// "default/dns": 10.96.0.10, port 53/udp.
model::Service Dns(const std::vector<std::string>& endpoints) {
  model::Service dns;
  dns.name = testing::Name("default/dns");
  dns.cluster_ips = {testing::Ip(kDnsAddress)};
  std::vector<model::Endpoint> there;
  for (const std::string& endpoint : endpoints) there.push_back(EndpointAt(endpoint));
  dns.ports = {PortOf("53/udp", std::move(there))};
  return dns;
}

forwarding::Flow FlowTo(absl::string_view reached) {
  return {.protocol = base::Protocol::kUdp,
          .dialled = At("10.96.0.10:53"),
          .reached = At(reached),
          .half_open = false};
}

class FlowSweeperTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(loop.Start(), absl::OkStatus());
    ASSERT_EQ(loop.Push(Dns({"10.0.0.2:53", "10.0.0.3:53"})).status(), absl::OkStatus());
    loop.PollWhenDue();
    loop.flows.flows = {FlowTo("10.0.0.2:53"), FlowTo("10.0.0.3:53")};
  }

  Loop loop;
};

TEST_F(FlowSweeperTest, ForgetsTheFlowsOfAnEndpointThatIsRemoved) {
  ASSERT_EQ(loop.Push(Dns({"10.0.0.3:53"})).status(), absl::OkStatus());
  ASSERT_THAT(loop.flows.flows, SizeIs(1));
  EXPECT_EQ(loop.flows.flows[0].reached, At("10.0.0.3:53"));
}

TEST_F(FlowSweeperTest, ForgetsTheFlowsOfAServiceThatIsRemoved) {
  ASSERT_EQ(loop.Remove("default/dns").status(), absl::OkStatus());
  EXPECT_THAT(loop.flows.flows, SizeIs(0));
}

TEST_F(FlowSweeperTest, FindsAtTheNextPollWhatRacedWithTheCommit) {
  ASSERT_EQ(loop.Push(Dns({"10.0.0.3:53"})).status(), absl::OkStatus());
  loop.flows.flows.push_back(FlowTo("10.0.0.2:53"));
  loop.PollWhenDue();
  EXPECT_THAT(loop.flows.flows, SizeIs(1));
  const int calls = loop.flows.calls;
  loop.PollWhenDue();
  EXPECT_EQ(loop.flows.calls, calls) << "once is enough";
}

TEST_F(FlowSweeperTest, DoesNotRepeatWhatHasComeBackSince) {
  ASSERT_EQ(loop.Push(Dns({"10.0.0.3:53"})).status(), absl::OkStatus());
  ASSERT_EQ(loop.Push(Dns({"10.0.0.2:53", "10.0.0.3:53"})).status(), absl::OkStatus());
  loop.flows.flows.push_back(FlowTo("10.0.0.2:53"));
  loop.PollWhenDue();
  EXPECT_THAT(loop.flows.flows, SizeIs(2));
}

TEST_F(FlowSweeperTest, ForgetsWhatWentUntranslatedWhileTheRulesWereMissing) {
  loop.flows.flows.push_back(FlowTo("10.96.0.10:53"));
  loop.kernel.Tamper([](testing::FakeTables& tables) { tables = {}; });
  loop.PollWhenDue();
  EXPECT_THAT(loop.flows.flows, SizeIs(2));
}

TEST_F(FlowSweeperTest, AFailureIsToldButFailsNoPush) {
  loop.flows.failure = absl::AbortedError("list flows: entries kept moving");
  EXPECT_EQ(loop.Push(Dns({"10.0.0.3:53"})).status(), absl::OkStatus());
  EXPECT_THAT(loop.log.back(), HasSubstr("list flows: entries kept moving"));
  loop.flows.failure = absl::OkStatus();
  loop.PollWhenDue();
  EXPECT_THAT(loop.flows.flows, SizeIs(1)) << "the next look makes up for it";
}

TEST_F(FlowSweeperTest, AKernelThatCannotListFlowsIsNotAskedAgain) {
  loop.flows.failure = absl::UnimplementedError("list flows: operation not supported");
  ASSERT_EQ(loop.Push(Dns({"10.0.0.3:53"})).status(), absl::OkStatus());
  const int calls = loop.flows.calls;
  loop.PollWhenDue();
  ASSERT_EQ(loop.Push(Dns({})).status(), absl::OkStatus());
  EXPECT_EQ(loop.flows.calls, calls);
}

// TCP.

class TcpFlowSweeperTest : public ::testing::TestWithParam<forwarding::FlowScope> {};

TEST_P(TcpFlowSweeperTest, ForgetsUnansweredFlowsIfSoConfiguredAndNeverAnsweredOnes) {
  const bool forgets = GetParam() == forwarding::FlowScope::kUdpAndHalfOpenTcp;
  Settings settings = testing::SettingsOf(testing::NodeA());
  settings.flow_scope = GetParam();
  Loop loop(settings);
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  ASSERT_EQ(loop.Push(testing::WebAt({"10.0.0.2:80", "10.0.0.3:80"})).status(), absl::OkStatus());
  loop.PollWhenDue();
  for (const bool half_open : {true, false}) {
    loop.flows.flows.push_back({.protocol = base::Protocol::kTcp,
                                .dialled = At("10.96.0.1:80"),
                                .reached = At("10.0.0.2:80"),
                                .half_open = half_open});
  }
  ASSERT_EQ(loop.Push(testing::WebAt({"10.0.0.3:80"})).status(), absl::OkStatus());
  loop.PollWhenDue();
  ASSERT_THAT(loop.flows.flows, SizeIs(forgets ? 1 : 2));
  EXPECT_FALSE(loop.flows.flows.back().half_open);
}

TEST_P(TcpFlowSweeperTest, AChangeOfTheConfigurationHasItsEffectAtOnce) {
  Loop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  ASSERT_EQ(loop.Push(testing::WebAt({"10.0.0.2:80"})).status(), absl::OkStatus());
  Settings settings = loop->settings();
  settings.flow_scope = GetParam();
  ASSERT_EQ(loop->Reconfigure(settings), absl::OkStatus());
  loop.flows.flows = {{.protocol = base::Protocol::kTcp,
                       .dialled = At("10.96.0.1:80"),
                       .reached = At("10.0.0.2:80"),
                       .half_open = true}};
  ASSERT_EQ(loop.Push(testing::WebAt({"10.0.0.3:80"})).status(), absl::OkStatus());
  EXPECT_THAT(loop.flows.flows, SizeIs(GetParam() == forwarding::FlowScope::kUdp ? 1 : 0));
}

INSTANTIATE_TEST_SUITE_P(Each, TcpFlowSweeperTest,
                         ::testing::Values(forwarding::FlowScope::kUdp,
                                           forwarding::FlowScope::kUdpAndHalfOpenTcp));

TEST_F(FlowSweeperTest, ARestartForgetsWhatBecameStaleMeanwhile) {
  loop.flows.flows.push_back(FlowTo("10.0.0.9:53"));
  loop.Restart();
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  EXPECT_THAT(loop.flows.flows, SizeIs(2));
}

}  // namespace
}  // namespace nftsvc::reconcile
