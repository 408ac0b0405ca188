// SPDX-License-Identifier: Apache-2.0
#include "src/nft/inventory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "src/nft/compile.h"
#include "src/nft/plan.h"
#include "tests/support/fake_tables.h"

namespace nftsvc::nft {
namespace {

using base::Family;
using testing::FakeTables;
using ::testing::IsEmpty;
using ::testing::IsNull;

SetInventory SetOfSize(SetId id, uint32_t size) {
  return {.name = std::string(DeclarationOf(id).name), .id = id, .size = size};
}

// The tables of an empty snapshot, but with room for so many endpoints.
Ruleset RulesetFor(size_t endpoints) {
  Ruleset ruleset = Compile({}, {});
  ruleset.counts[0][static_cast<size_t>(SetId::kEndpoints)] = endpoints;
  return ruleset;
}

TEST(InventoryTest, FitsUnlessTooSmallOrAnEighthWouldDo) {
  const SetInventory set = SetOfSize(SetId::kEndpoints, 6'144);
  EXPECT_TRUE(Fits(set, 6'144));
  EXPECT_FALSE(Fits(set, 6'145));
  EXPECT_TRUE(Fits(set, 577)) << "which would be given a quarter";
  EXPECT_FALSE(Fits(set, 576)) << "which would be given an eighth";
  EXPECT_FALSE(Fits(SetOfSize(SetId::kEndpoints, 0), 1)) << "no limit, hence the slow hash";
}

TEST(InventoryTest, SetsOfRangesNeedNoSize) {
  EXPECT_TRUE(Fits(SetOfSize(SetId::kAllowedSources, 0), 1'000'000));
}

TEST(InventoryTest, ASetThatIsNotDeclaredAsOursNeverFits) {
  EXPECT_FALSE(Fits({.name = "services", .id = std::nullopt, .size = 768}, 1));
}

TEST(InventoryTest, FindsSetsThatAreDeclaredAsOurs) {
  Inventory inventory = Inventory::Of(RulesetFor(0), {});
  ASSERT_NE(inventory.Find(Family::kIPv6, SetId::kHairpin), nullptr);
  EXPECT_EQ(inventory.Find(Family::kIPv6, SetId::kHairpin)->name, "hairpin");
  for (SetInventory& set : inventory.tables[1]->sets) {
    if (set.name == "hairpin") set.id.reset();
  }
  EXPECT_THAT(inventory.Find(Family::kIPv6, SetId::kHairpin), IsNull());
  inventory.tables[0].reset();
  EXPECT_THAT(inventory.Find(Family::kIPv4, SetId::kHairpin), IsNull());
}

TEST(InventoryTest, OfARulesetHasItsChainsAndSetsByName) {
  const Ruleset ruleset = RulesetFor(0);
  const Inventory inventory = Inventory::Of(ruleset, {});
  EXPECT_FALSE(inventory.counters_known);
  for (const auto& table : inventory.tables) {
    ASSERT_TRUE(table.has_value());
    EXPECT_TRUE(table->ours);
    const auto by_name = [](const auto& a, const auto& b) { return a.name < b.name; };
    EXPECT_TRUE(std::is_sorted(table->chains.begin(), table->chains.end(), by_name));
    EXPECT_TRUE(std::is_sorted(table->sets.begin(), table->sets.end(), by_name));
    EXPECT_EQ(table->chains.size(), ruleset.skeleton.chains[0].size());
    EXPECT_EQ(table->sets.size(), kSetCount);
  }
  EXPECT_THAT(Plan(inventory, ruleset).operations, IsEmpty());
}

TEST(InventoryTest, ASetThatStillFitsKeepsItsSize) {
  const Inventory before = Inventory::Of(RulesetFor(4'000), {});
  EXPECT_EQ(before.Find(Family::kIPv4, SetId::kEndpoints)->size, 6'144U);
  const auto size_after = [&](size_t count) {
    return Inventory::Of(RulesetFor(count), before).Find(Family::kIPv4, SetId::kEndpoints)->size;
  };
  EXPECT_EQ(size_after(6'000), 6'144U);
  EXPECT_EQ(size_after(1'000), 6'144U);
  EXPECT_EQ(size_after(100), 768U);
  EXPECT_EQ(size_after(7'000), 12'288U);
}

// Plan makes the sets of a table anew that it cannot keep, whether they would fit or not.
TEST(InventoryTest, SetsOfATableThatIsMadeAnewHaveNewSizes) {
  FakeTables tables;
  ASSERT_EQ(tables.Apply(Plan({}, RulesetFor(4'000))), absl::OkStatus());
  for (const bool dormant : {true, false}) {
    tables.Table(Family::kIPv4)->dormant = dormant;
    tables.Table(Family::kIPv4)->other_objects = !dormant;
    const Inventory seen = tables.Observe();
    const Ruleset ruleset = RulesetFor(1'000);
    FakeTables after = tables;
    ASSERT_EQ(after.Apply(Plan(seen, ruleset)), absl::OkStatus());
    EXPECT_EQ(Inventory::Of(ruleset, seen).tables[0]->sets, after.Observe().tables[0]->sets);
  }
}

TEST(InventoryTest, WithoutChainsItIsTheSameTables) {
  FakeTables tables;
  ASSERT_EQ(tables.Apply(Plan({}, RulesetFor(10))), absl::OkStatus());
  const Inventory whole = tables.Observe();
  Inventory expected = whole;
  expected.elements.clear();
  for (auto& table : expected.tables) table->chains.clear();
  EXPECT_FALSE(whole.tables[0]->chains.empty());
  const Inventory bare = whole.WithoutChains();
  EXPECT_EQ(bare.tables, expected.tables);
  EXPECT_TRUE(bare.elements.empty());
}

}  // namespace
}  // namespace nftsvc::nft
