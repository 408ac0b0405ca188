// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/kernel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/netlink/net_namespace.h"
#include "tests/netlink/nft_command.h"
#include "tests/netlink/sample_ruleset.h"

namespace nftsvc::netlink {
namespace {

using base::Family;

std::vector<nft::Element> Sorted(std::vector<nft::Element> elements) {
  std::sort(elements.begin(), elements.end(),
            [](const nft::Element& a, const nft::Element& b) { return a.id < b.id; });
  return elements;
}

std::vector<nft::Element> ElementsOf(const nft::Inventory& inventory) {
  std::vector<nft::Element> elements;
  for (const nft::ElementInventory& element : inventory.elements) {
    EXPECT_FALSE(element.foreign) << nft::PrintElement(element.element);
    elements.push_back(element.element);
  }
  return Sorted(elements);
}

class RoundTripTest : public KernelTest {};

TEST_F(RoundTripTest, ANewNamespaceHoldsNothing) {
  const auto [inventory, generation, whole] = MustObserve();
  EXPECT_TRUE(whole);
  EXPECT_FALSE(inventory.tables[0].has_value());
  EXPECT_FALSE(inventory.tables[1].has_value());
  EXPECT_TRUE(inventory.elements.empty());
  EXPECT_EQ(generation, Now());
}

TEST_F(RoundTripTest, WhatWasCommittedIsObserved) {
  const nft::Ruleset ruleset = SampleRuleset();
  MustCommit(Creation(ruleset));
  const auto [inventory, generation, whole] = MustObserve();
  EXPECT_TRUE(whole);
  EXPECT_EQ(generation, Now());
  EXPECT_EQ(ElementsOf(inventory), Sorted(ruleset.elements));

  for (Family family : base::kFamilies) {
    const size_t index = static_cast<size_t>(family);
    ASSERT_TRUE(inventory.tables[index].has_value());
    const nft::TableInventory& table = *inventory.tables[index];
    EXPECT_TRUE(table.ours);
    EXPECT_FALSE(table.dormant);
    EXPECT_FALSE(table.other_objects);

    std::vector<nft::ChainInventory> chains;
    for (const nft::Chain& chain : ruleset.skeleton.chains[index]) {
      nft::ChainInventory expected{chain.name, chain.hook, true, {}};
      for (const nft::Rule& rule : chain.rules) {
        expected.rules.push_back(nft::RuleDigest(rule, family));
      }
      chains.push_back(expected);
    }
    EXPECT_THAT(table.chains, ::testing::UnorderedElementsAreArray(chains));
    EXPECT_TRUE(std::is_sorted(table.chains.begin(), table.chains.end(),
                               [](const auto& a, const auto& b) { return a.name < b.name; }));
  }
}

TEST_F(RoundTripTest, SetsAreObservedWithTheirSizes) {
  MustCommit(EmptyTables(4321));
  const nft::Inventory inventory = MustObserve().inventory;
  for (Family family : base::kFamilies) {
    const auto& sets = inventory.tables[static_cast<size_t>(family)]->sets;
    ASSERT_EQ(sets.size(), nft::kSetCount);
    for (const nft::SetInventory& set : sets) {
      ASSERT_TRUE(set.id.has_value()) << set.name;
      EXPECT_EQ(set.name, nft::DeclarationOf(*set.id).name);
      EXPECT_EQ(set.size, nft::DeclarationOf(*set.id).interval ? 0 : 4321) << set.name;
    }
    EXPECT_TRUE(std::is_sorted(sets.begin(), sets.end(),
                               [](const auto& a, const auto& b) { return a.name < b.name; }));
  }
}

TEST_F(RoundTripTest, NftListsWhatPrintPrints) {
  const nft::Ruleset ruleset = SampleRuleset();
  MustCommit(Creation(ruleset));
  EXPECT_EQ(Normalized(Nft("list ruleset")), Normalized(nft::Print(ruleset)));
}

// People save `nft list ruleset` into their boot configuration.
TEST_F(RoundTripTest, TheListingLoadsAndIsTakenForOurs) {
  const nft::Ruleset ruleset = SampleRuleset();
  MustCommit(Creation(ruleset));
  const std::string listing = Nft("list ruleset");

  EnterNewNamespace();
  ASSERT_EQ(Load(listing), "");
  EXPECT_EQ(Normalized(Nft("list ruleset")), Normalized(listing));

  const nft::Inventory inventory = MustObserve().inventory;
  EXPECT_EQ(ElementsOf(inventory), Sorted(ruleset.elements));
  for (const std::optional<nft::TableInventory>& table : inventory.tables) {
    ASSERT_TRUE(table.has_value());
    EXPECT_TRUE(table->ours);
    for (const nft::SetInventory& set : table->sets) EXPECT_TRUE(set.id.has_value()) << set.name;
    // Text has no place for digests.
    for (const nft::ChainInventory& chain : table->chains) {
      EXPECT_THAT(chain.rules, ::testing::Each(0u)) << chain.name;
    }
  }
}

TEST_F(RoundTripTest, WhatWasMadeCanBeTakenAwayPieceByPiece) {
  const nft::Ruleset ruleset = SampleRuleset();
  MustCommit(Creation(ruleset));
  nft::Transaction removal;
  std::vector<nft::Operation>& out = removal.operations;
  for (Family family : base::kFamilies) {
    for (const nft::Chain& chain : ruleset.skeleton.chains[static_cast<size_t>(family)]) {
      out.push_back(nft::FlushChain{family, chain.name});
    }
  }
  for (const nft::Element& element : ruleset.elements) out.push_back(Deletion(element));
  for (Family family : base::kFamilies) {
    for (const nft::Chain& chain : ruleset.skeleton.chains[static_cast<size_t>(family)]) {
      out.push_back(nft::DeleteChain{family, chain.name});
    }
    for (nft::SetId set : nft::AllSets()) {
      out.push_back(nft::DeleteSet{family, std::string(nft::DeclarationOf(set).name)});
    }
    for (const nft::AffinityMap& map : ruleset.affinity_maps[static_cast<size_t>(family)]) {
      out.push_back(nft::DeleteSet{family, map.name});
    }
  }
  MustCommit(removal);
  EXPECT_EQ(Nft("list ruleset"),
            "table ip nftsvc {\n\tcomment \"made by nftsvcd\"\n}\n"
            "table ip6 nftsvc {\n\tcomment \"made by nftsvcd\"\n}\n");
  MustCommit({{nft::DeleteTable{Family::kIPv4}, nft::DeleteTable{Family::kIPv6}}});
  EXPECT_EQ(Nft("list ruleset"), "");
}

TEST_F(RoundTripTest, ASetCanBeMadeAnewInOneTransaction) {
  const nft::Ruleset ruleset = SampleRuleset();
  MustCommit(Creation(ruleset));
  const nft::Chains& chains = ruleset.skeleton.chains[0];
  nft::Transaction growth;
  for (const nft::Chain& chain : chains) {
    growth.operations.push_back(nft::FlushChain{Family::kIPv4, chain.name});
  }
  growth.operations.push_back(nft::DeleteSet{Family::kIPv4, "endpoints"});
  growth.operations.push_back(nft::AddSet{Family::kIPv4, nft::SetId::kEndpoints, 100'000});
  for (const nft::Element& element : ruleset.elements) {
    if (element.id.family != Family::kIPv4 || element.id.set != nft::SetId::kEndpoints) continue;
    growth.operations.push_back(nft::AddElement{element, nullptr, {}});
  }
  for (const nft::Chain& chain : chains) {
    for (const nft::Rule& rule : chain.rules) {
      growth.operations.push_back(nft::AddRule{Family::kIPv4, chain.name, rule});
    }
  }
  MustCommit(growth);
  const nft::Inventory inventory = MustObserve().inventory;
  EXPECT_EQ(ElementsOf(inventory), Sorted(ruleset.elements));
  EXPECT_EQ(inventory.Find(Family::kIPv4, nft::SetId::kEndpoints)->size, 100'000u);
}

}  // namespace
}  // namespace nftsvc::netlink
