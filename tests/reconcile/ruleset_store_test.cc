// SPDX-License-Identifier: Apache-2.0
#include "src/reconcile/ruleset_store.h"

#include <gtest/gtest.h>

#include "src/nft/compile.h"
#include "tests/support/builders.h"
#include "tests/support/loop.h"

namespace nftsvc::reconcile {
namespace {

class OutlineTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(loop_.Start(), absl::OkStatus());
    ASSERT_EQ(loop_.Push(testing::WebAt({"10.0.0.2:80", "10.0.0.3:80"})).status(),
              absl::OkStatus());
    outline_ = *loop_.kernel.ReadOutline();
    const nft::Ruleset ruleset = nft::Compile(loop_->table(), loop_->settings().options);
    known_ = nft::Inventory::Of(ruleset, {});
    counts_ = ruleset.counts;
  }

  bool IsOf() { return outline_.OddSets(known_, counts_) == nft::SetChoice(); }
  nft::TableInventory& table() { return *outline_.inventory.tables[0]; }

  testing::Loop loop_;
  RulesetStore::Outline outline_;
  nft::Inventory known_;
  nft::SetCounts counts_{};
};

TEST_F(OutlineTest, IsOfWhatWasCommitted) { EXPECT_TRUE(IsOf()); }

TEST_F(OutlineTest, TablesAreCompared) {
  outline_.inventory.tables[1].reset();
  EXPECT_FALSE(IsOf());
}

TEST_F(OutlineTest, RulesAreCompared) {
  table().chains.back().rules.push_back(0);
  EXPECT_FALSE(IsOf());
}

TEST_F(OutlineTest, ChainsThatAreGoneAreMissed) {
  table().chains.pop_back();
  EXPECT_FALSE(IsOf());
}

TEST_F(OutlineTest, ChainsThatNothingGoesToDoNotMatter) {
  table().chains.push_back({.name = "zz", .hook = {}, .policy_accept = true, .rules = {0}});
  EXPECT_TRUE(IsOf());
  table().chains.back().hook = nft::Hook();
  EXPECT_FALSE(IsOf());
}

TEST_F(OutlineTest, NumbersOfElementsAreComparedWhereTheKernelTellsThem) {
  auto& count = outline_.counts[0][static_cast<size_t>(nft::SetId::kEndpoints)];
  ++*count;
  nft::SetChoice odd{};
  odd[0][static_cast<size_t>(nft::SetId::kEndpoints)] = true;
  EXPECT_EQ(outline_.OddSets(known_, counts_), odd);
  count.reset();
  EXPECT_TRUE(IsOf());
}

TEST_F(OutlineTest, OwnersAreCompared) {
  table().is_mine = true;
  EXPECT_FALSE(IsOf());
}

}  // namespace
}  // namespace nftsvc::reconcile
