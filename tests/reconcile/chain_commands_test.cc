// SPDX-License-Identifier: Apache-2.0
#include "src/reconcile/chain_commands.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace nftsvc::reconcile {
namespace {

using ::testing::ElementsAre;

TEST(ChainCommandsTest, LinesAreThoseThatChangeSomething) {
  std::array<iptables::Plan, 2> plans;
  plans[0].restore = "*filter\n:A - [0:0]\nCOMMIT\n*nat\n-A B -j C\n-X D\nCOMMIT\n";
  plans[1].restore = "*nat\n-I E 1 -j F\nCOMMIT\n";
  EXPECT_EQ(CountCommands(plans), 4U);
  EXPECT_THAT(CommandsOf(plans).lines, ElementsAre("ip filter: :A - [0:0]", "ip nat: -A B -j C",
                                                   "ip nat: -X D", "ip6 nat: -I E 1 -j F"));
  EXPECT_EQ(CountCommands({}), 0U);
}

TEST(ChainCommandsTest, ThereIsAnEndToThem) {
  std::array<iptables::Plan, 2> plans;
  plans[0].restore = "*nat\n";
  for (int i = 0; i < 10'003; ++i) plans[0].restore += "-X A\n";
  plans[0].restore += "COMMIT\n";
  EXPECT_EQ(CommandsOf(plans).lines.size(), 10'000U);
  EXPECT_EQ(CommandsOf(plans).left_off, 3U);
}

}  // namespace
}  // namespace nftsvc::reconcile
