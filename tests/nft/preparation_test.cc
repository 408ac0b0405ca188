// SPDX-License-Identifier: Apache-2.0
#include "src/nft/preparation.h"

#include <gtest/gtest.h>

#include <utility>

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

}  // namespace
}  // namespace nftsvc::nft
