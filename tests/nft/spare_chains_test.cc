// SPDX-License-Identifier: Apache-2.0
#include "src/nft/spare_chains.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/support/builders.h"

namespace nftsvc::nft {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::NodeA;

ChainNames Named(const std::vector<std::string>& names) {
  return {absl::btree_set<std::string>(names.begin(), names.end()), {}};
}

TEST(PlanSpareChainsTest, WhatIsNeededNoLongerStays) {
  const SpareChange change = PlanSpareChains({}, Named({"random-3", "outside-random-3"}), {});
  EXPECT_THAT(change.spare[0], ElementsAre("outside-random-3", "random-3"));
  EXPECT_THAT(change.deleted[0], IsEmpty());
}

TEST(PlanSpareChainsTest, WhatIsSpareNeedNotBeMade) {
  const SpareChange change =
      PlanSpareChains(Named({"random-3", "random-4"}), {}, Named({"random-3", "random-5"}));
  EXPECT_THAT(change.made[0], ElementsAre("random-5"));
  EXPECT_THAT(change.spare[0], ElementsAre("random-4"));
}

TEST(PlanSpareChainsTest, WhatAPortHadForItselfGoes) {
  const std::vector<std::string> gone = {"round-robin-3-default/web/tcp/80",
                                         "outside-kept-random-chain-2-default/web/tcp/80"};
  const SpareChange change = PlanSpareChains({}, Named(gone), {});
  EXPECT_THAT(change.deleted[0], ::testing::SizeIs(2));
  EXPECT_THAT(change.spare[0], IsEmpty());
}

TEST(PlanSpareChainsTest, WithOneTooManyAllGo) {
  ChainNames spare;
  for (size_t i = 0; i < kMostSpareChains; ++i) spare[0].insert(absl::StrCat("random-", i + 1));
  EXPECT_THAT(PlanSpareChains(spare, {}, {}).deleted[0], IsEmpty());
  const SpareChange change = PlanSpareChains(spare, Named({"random-100"}), Named({"random-1"}));
  EXPECT_THAT(change.deleted[0], IsEmpty()) << "one is needed again";
  const SpareChange all = PlanSpareChains(spare, Named({"random-100"}), {});
  EXPECT_EQ(all.deleted[0].size(), kMostSpareChains + 1);
  EXPECT_THAT(all.spare[0], IsEmpty());
}

class FindSpareChainsTest : public ::testing::Test {
 protected:
  // Of a kernel that holds the chains that elements need which go to these.
  static Inventory Seen(const ChainNames& used) {
    Ruleset held = Nothing();
    held.skeleton = CompileSkeleton(NodeA(), {}, used);
    return Inventory::Of(held, {});
  }
  static Ruleset Nothing() { return Compile({.host = NodeA(), .services = {}}, {}); }
  static ChainNames Find(const Inventory& seen) {
    return FindSpareChains(seen, Nothing(), NodeA(), {});
  }
};

TEST_F(FindSpareChainsTest, ChainsThatAreAsTheyWouldBeMade) {
  EXPECT_THAT(Find(Seen(Named({"outside-random-3"})))[0],
              ElementsAre("outside-random-3", "random-1", "random-3"));
  EXPECT_THAT(Find(Seen({}))[0], IsEmpty());
}

TEST_F(FindSpareChainsTest, NotThoseWithOtherRulesNorThoseThatGoToThem) {
  Inventory seen = Seen(Named({"outside-random-3", "random-2"}));
  for (ChainInventory& chain : seen.tables[0]->chains) {
    if (chain.name == "random-3") chain.rules.front() = 0;
  }
  EXPECT_THAT(Find(seen)[0], ElementsAre("random-1", "random-2"));
}

TEST_F(FindSpareChainsTest, NotThoseThatAPortHadForItselfNorForeignOnes) {
  Inventory seen = Seen(Named({"round-robin-3-default/web/tcp/80"}));
  seen.tables[0]->chains.push_back({.name = "foreign", .hook = {}, .rules = {}});
  EXPECT_THAT(Find(seen)[0], ElementsAre("random-1"));
}

TEST_F(FindSpareChainsTest, NoneIfThereAreTooMany) {
  ChainNames used;
  for (size_t i = 0; i <= kMostSpareChains; ++i) used[0].insert(absl::StrCat("random-", i + 1));
  EXPECT_THAT(Find(Seen(used))[0], IsEmpty());
}

}  // namespace
}  // namespace nftsvc::nft
