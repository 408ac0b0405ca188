// SPDX-License-Identifier: Apache-2.0
#include "src/nft/preparation.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/support/builders.h"

namespace nftsvc::nft {
namespace {

constexpr base::Family kFamily = base::Family::kIPv4;

Operation NewChain(const char* name) { return AddChain{kFamily, name, std::nullopt}; }
Operation RuleIn(const char* chain) { return AddRule{kFamily, chain, {Drop{}}}; }

// What is taken out, and what is left, as nft commands.
std::pair<std::string, std::string> Split(std::vector<Operation> operations) {
  Transaction transaction{std::move(operations)};
  const Transaction preparation = TakePreparation(transaction);
  return {Print(preparation), Print(transaction)};
}

TEST(PreparationTest, NewChainsComeFirstWithTheirRulesAndMaps) {
  const auto [first, then] =
      Split({FlushChain{kFamily, "old"}, DeleteChain{kFamily, "gone"}, NewChain("new"),
             AddSet{kFamily, SetId::kAffinity, 10, "affinity-web"}, RuleIn("new"), RuleIn("old")});
  EXPECT_EQ(first,
            "add chain ip nftsvc new\n"
            "add map ip nftsvc affinity-web { typeof ip saddr : ip daddr; size 10; flags "
            "dynamic,timeout; }\n"
            "add rule ip nftsvc new drop\n");
  EXPECT_EQ(then,
            "flush chain ip nftsvc old\n"
            "delete chain ip nftsvc gone\n"
            "add rule ip nftsvc old drop\n");
}

TEST(PreparationTest, WithoutNewChainsThereIsNothingToPrepare) {
  EXPECT_EQ(Split({FlushChain{kFamily, "old"}, RuleIn("old")}).first, "");
  EXPECT_EQ(Split({}).first, "");
}

TEST(PreparationTest, BaseChainsAreNoticedByPackets) {
  EXPECT_EQ(Split({AddChain{kFamily, "hooked", Hook{}}, RuleIn("hooked")}).first, "");
}

TEST(PreparationTest, WhatIsMadeAnewIsMadeInOneGo) {
  EXPECT_EQ(Split({AddTable{kFamily}, NewChain("new"), RuleIn("new")}).first, "");
  EXPECT_EQ(Split({NewChain("new"), AddSet{kFamily, SetId::kServices, 768}, RuleIn("new")}).first,
            "");
  EXPECT_EQ(Split({DeleteSet{kFamily, "somebodys"}, NewChain("new"), RuleIn("new")}).first, "");
  EXPECT_EQ(Split({DeleteChain{kFamily, "new"}, NewChain("new"), RuleIn("new")}).first, "");
  EXPECT_EQ(Split({DeleteSet{kFamily, "affinity-web"}, NewChain("new"),
                   AddSet{kFamily, SetId::kAffinity, 10, "affinity-web"}, RuleIn("new")})
                .first,
            "");
}

TEST(PreparationTest, MapsThatGoDoNotHinderIt) {
  EXPECT_EQ(Split({DeleteSet{kFamily, "affinity-web"}, NewChain("new"), RuleIn("new")}).second,
            "delete set ip nftsvc affinity-web\n");
}

TEST(PreparationTest, FamiliesAreTwoTables) {
  EXPECT_EQ(Split({NewChain("new"), AddRule{base::Family::kIPv6, "new", {Drop{}}}}).first,
            "add chain ip nftsvc new\n");
}

// What is left, and what is taken out, as nft commands; sets have room for `size` elements.
std::pair<std::string, std::string> SplitCleanup(std::vector<Operation> operations,
                                                 uint32_t size = 768) {
  Inventory after;
  for (auto& table : after.tables) {
    table.emplace();
    for (const SetId set : AllSets()) {
      table->sets.push_back({std::string(DeclarationOf(set).name), set, size});
    }
  }
  SetCounts counts{};
  counts[0][static_cast<size_t>(SetId::kEndpoints)] = 10;
  Transaction transaction{std::move(operations)};
  const Transaction cleanup = TakeCleanup(transaction, after, counts);
  return {Print(transaction), Print(cleanup)};
}

Element SlotAt(uint32_t slot) {
  Element element;
  element.id = {.family = kFamily,
                .set = SetId::kEndpoints,
                .key = SlotKey(testing::FrontendAt("10.96.0.1:80/tcp"), slot)};
  element.value = EndpointValue(testing::Ip("10.0.0.2"), 80);
  return element;
}

DeleteElement SlotGone(uint32_t slot) { return {SlotAt(slot).id, {}}; }

TEST(CleanupTest, SlotsThatGoAreDeletedLast) {
  const auto [first, then] = SplitCleanup(
      {FlushChain{kFamily, "random-3"}, SlotGone(1), SlotGone(2), DeleteChain{kFamily, "random-3"},
       NewChain("random-2"), AddElement{SlotAt(1), nullptr, {}}});
  EXPECT_EQ(first,
            "delete element ip nftsvc endpoints { 10.96.0.1 . tcp . 80 . 1 }\n"
            "add chain ip nftsvc random-2\n"
            "add element ip nftsvc endpoints { 10.96.0.1 . tcp . 80 . 1 : 10.0.0.2 . 80 }\n");
  EXPECT_EQ(then,
            "flush chain ip nftsvc random-3\n"
            "delete element ip nftsvc endpoints { 10.96.0.1 . tcp . 80 . 2 }\n"
            "delete chain ip nftsvc random-3\n");
}

TEST(CleanupTest, WithoutSuchSlotsThereIsNothingToCleanUp) {
  EXPECT_EQ(SplitCleanup({FlushChain{kFamily, "a"}, DeleteChain{kFamily, "a"}}).second, "");
  EXPECT_EQ(SplitCleanup({SlotGone(1), AddElement{SlotAt(1), nullptr, {}}}).second, "");
}

TEST(CleanupTest, ASetThatHasNoRoomForBothIsChangedInOneGo) {
  EXPECT_NE(SplitCleanup({SlotGone(1)}, 11).second, "");
  EXPECT_EQ(SplitCleanup({SlotGone(1)}, 10).second, "");
}

TEST(CleanupTest, WhatIsMadeAnewIsMadeInOneGo) {
  EXPECT_EQ(SplitCleanup({DeleteTable{kFamily}, SlotGone(1)}).second, "");
  EXPECT_EQ(SplitCleanup({SlotGone(1), DeleteChain{kFamily, "a"}, NewChain("a")}).second, "");
}

}  // namespace
}  // namespace nftsvc::nft
