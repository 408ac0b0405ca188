// SPDX-License-Identifier: Apache-2.0
#include "src/nft/match_pods.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "src/nft/ruleset.h"
#include "tests/support/builders.h"

namespace nftsvc::nft {
namespace {

using base::Family;
using testing::Cidr;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> Pods(const forwarding::PodDetector& pods, Family family) {
  std::vector<std::string> rules;
  for (const Rule& rule : MatchPods(pods, family)) rules.push_back(PrintRule(rule, family));
  return rules;
}

std::string OutsidePods(const forwarding::PodDetector& pods, Family family) {
  return PrintRule(MatchOutsidePods(pods, family), family);
}

TEST(MatchPodsTest, ByCidrEachOfTheFamilyIsARuleAndNoneOfThemIsOne) {
  forwarding::PodDetector pods;
  pods.cidrs = {Cidr("10.0.0.0/16"), Cidr("fd00:10::/64"), Cidr("10.1.0.0/16")};
  EXPECT_THAT(Pods(pods, Family::kIPv4),
              ElementsAre("ip saddr 10.0.0.0/16", "ip saddr 10.1.0.0/16"));
  EXPECT_EQ(OutsidePods(pods, Family::kIPv4), "ip saddr != 10.0.0.0/16 ip saddr != 10.1.0.0/16");
  EXPECT_THAT(Pods(pods, Family::kIPv6), ElementsAre("ip6 saddr fd00:10::/64"));
}

TEST(MatchPodsTest, ByInterface) {
  forwarding::PodDetector pods;
  pods.interface = "cbr0";
  EXPECT_THAT(Pods(pods, Family::kIPv6), ElementsAre("iifname \"cbr0\""));
  EXPECT_EQ(OutsidePods(pods, Family::kIPv4), "iifname != \"cbr0\"");
}

TEST(MatchPodsTest, ByInterfacePrefix) {
  forwarding::PodDetector pods;
  pods.interface_prefix = "veth";
  EXPECT_THAT(Pods(pods, Family::kIPv4), ElementsAre("iifname \"veth*\""));
  EXPECT_EQ(OutsidePods(pods, Family::kIPv4), "iifname != \"veth*\"");
}

TEST(MatchPodsTest, NoRuleWherePodsCannotBeTold) {
  EXPECT_THAT(Pods({}, Family::kIPv4), IsEmpty());
  forwarding::PodDetector pods;
  pods.cidrs = {Cidr("10.0.0.0/16")};
  EXPECT_THAT(Pods(pods, Family::kIPv6), IsEmpty());
}

TEST(MatchPodsTest, ThenAppends) {
  EXPECT_EQ(PrintRule(Then({MatchDnat{}}, Drop{}), Family::kIPv4), "ct status dnat drop");
}

}  // namespace
}  // namespace nftsvc::nft
