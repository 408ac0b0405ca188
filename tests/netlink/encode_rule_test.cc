// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/encode_rule.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/netlink/net_namespace.h"
#include "tests/netlink/nft_command.h"
#include "tests/netlink/sample_ruleset.h"

namespace nftsvc::netlink {
namespace {

using base::Family;

class EncodeRuleTest : public KernelTest {};

TEST_F(EncodeRuleTest, RulesAreTheExpressionsThatNftMakesOfTheirText) {
  const nft::Ruleset ruleset = SampleRuleset();
  MustCommit(Creation(ruleset));
  const std::string ours = Bytecode();
  EnterNewNamespace();
  ASSERT_EQ(Load(nft::Print(ruleset)), "");
  EXPECT_EQ(ours, Bytecode());
  EXPECT_GT(std::count(ours.begin(), ours.end(), '\n'), 200);
}

TEST_F(EncodeRuleTest, NftListsNothingOfARulesDigest) {
  nft::Transaction transaction = EmptyTables(16);
  const nft::Rule rule = {nft::MatchDnat{}, nft::Jump{"pick-2"}};
  transaction.operations.push_back(nft::AddRule{Family::kIPv4, "pick-1", rule});
  MustCommit(transaction);
  EXPECT_EQ(Nft("list chain ip nftsvc pick-1"),
            "table ip nftsvc {\n\tchain pick-1 {\n\t\tct status dnat jump pick-2\n\t}\n}\n");
}

}  // namespace
}  // namespace nftsvc::netlink
