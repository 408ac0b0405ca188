// SPDX-License-Identifier: Apache-2.0
#include "src/forwarding/flow_rule.h"

#include <gtest/gtest.h>

#include "tests/support/builders.h"

namespace nftsvc::forwarding {
namespace {

using base::Protocol;
using testing::At;
using testing::AtEach;
using Stale = FlowRule::Stale;

FlowRule Rule(Protocol protocol, const std::vector<std::string>& frontends, Stale stale,
              const std::vector<std::string>& endpoints) {
  FlowRule rule;
  rule.protocol = protocol;
  rule.frontends = AtEach(frontends);
  rule.stale = stale;
  rule.endpoints = AtEach(endpoints);
  return rule;
}

Flow Udp(absl::string_view dialled, absl::string_view reached) {
  return {.protocol = Protocol::kUdp, .dialled = At(dialled), .reached = At(reached)};
}

TEST(FlowRuleIndexTest, WithoutRulesNothingIsStale) {
  EXPECT_FALSE(FlowRuleIndex({}).IsStale(Udp("10.96.0.10:53", "10.0.0.2:53")));
}

TEST(FlowRuleIndexTest, FlowsAtTheNamedEndpointsAreStale) {
  const std::vector<FlowRule> rules = {
      Rule(Protocol::kUdp, {"10.96.0.10:53"}, Stale::kAtThese, {"10.0.0.2:53", "10.0.0.3:53"})};
  const FlowRuleIndex index(rules);
  EXPECT_TRUE(index.IsStale(Udp("10.96.0.10:53", "10.0.0.2:53")));
  EXPECT_TRUE(index.IsStale(Udp("10.96.0.10:53", "10.0.0.3:53")));
  EXPECT_FALSE(index.IsStale(Udp("10.96.0.10:53", "10.0.0.4:53")));
  EXPECT_FALSE(index.IsStale(Udp("10.96.0.10:53", "10.0.0.2:54")));
  EXPECT_FALSE(index.IsStale(Udp("10.96.0.10:53", "10.96.0.10:53")));
}

TEST(FlowRuleIndexTest, FlowsAtAnythingButTheNamedEndpointsAreStale) {
  const std::vector<FlowRule> rules = {
      Rule(Protocol::kUdp, {"10.96.0.10:53"}, Stale::kAtOthers, {"10.0.0.2:53"})};
  const FlowRuleIndex index(rules);
  EXPECT_FALSE(index.IsStale(Udp("10.96.0.10:53", "10.0.0.2:53")));
  EXPECT_TRUE(index.IsStale(Udp("10.96.0.10:53", "10.0.0.2:54")));
  EXPECT_TRUE(index.IsStale(Udp("10.96.0.10:53", "10.0.0.3:53")));
  EXPECT_TRUE(index.IsStale(Udp("10.96.0.10:53", "10.96.0.10:53")));
}

TEST(FlowRuleIndexTest, FlowsToOtherFrontendsAreNotStale) {
  const std::vector<FlowRule> rules = {
      Rule(Protocol::kUdp, {"10.96.0.10:53", "[fd00::a]:53"}, Stale::kAtOthers, {})};
  const FlowRuleIndex index(rules);
  EXPECT_TRUE(index.IsStale(Udp("[fd00::a]:53", "[fd00:10::2]:53")));
  EXPECT_FALSE(index.IsStale(Udp("10.96.0.10:54", "10.0.0.2:53")));
  EXPECT_FALSE(index.IsStale(Udp("10.96.0.11:53", "10.0.0.2:53")));
  EXPECT_FALSE(index.IsStale(Udp("[fd00::b]:53", "[fd00:10::2]:53")));
}

TEST(FlowRuleIndexTest, EachFrontendHasItsOwnRule) {
  const std::vector<FlowRule> rules = {
      Rule(Protocol::kUdp, {"10.96.0.1:1"}, Stale::kAtOthers, {"10.0.0.2:53"}),
      Rule(Protocol::kUdp, {"10.96.0.2:1"}, Stale::kAtThese, {"10.0.0.2:53"})};
  const FlowRuleIndex index(rules);
  EXPECT_FALSE(index.IsStale(Udp("10.96.0.1:1", "10.0.0.2:53")));
  EXPECT_TRUE(index.IsStale(Udp("10.96.0.2:1", "10.0.0.2:53")));
}

TEST(FlowRuleIndexTest, OfTcpOnlyHalfOpenFlowsAreStale) {
  const std::vector<FlowRule> rules = {
      Rule(Protocol::kTcp, {"10.96.0.10:53"}, Stale::kAtOthers, {})};
  const FlowRuleIndex index(rules);
  Flow flow = Udp("10.96.0.10:53", "10.0.0.2:53");
  EXPECT_FALSE(index.IsStale(flow)) << "a rule for TCP is not about UDP";
  flow.protocol = Protocol::kTcp;
  EXPECT_FALSE(index.IsStale(flow));
  flow.half_open = true;
  EXPECT_TRUE(index.IsStale(flow));
}

}  // namespace
}  // namespace nftsvc::forwarding
