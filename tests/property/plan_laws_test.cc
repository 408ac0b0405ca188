// SPDX-License-Identifier: Apache-2.0
//
// What holds for every plan. The fake kernel applies operations one by one and refuses what refers
// to nothing, so each plan that it takes kept references valid all the way.
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "src/forwarding/resolve.h"
#include "src/nft/compile.h"
#include "src/nft/plan.h"
#include "tests/support/builders.h"
#include "tests/support/cases.h"
#include "tests/support/damage.h"
#include "tests/support/difference.h"
#include "tests/support/fake_tables.h"
#include "tests/support/random_world.h"

namespace nftsvc::testing {
namespace {

constexpr uint64_t kSeeds = Cases(400);

nft::Ruleset RandomRuleset(RandomWorld& world) {
  model::Snapshot snapshot;
  snapshot.Apply(world.Add(snapshot, world.random().Below(8)));
  nft::CompileOptions options;
  options.fully_random = !world.random().OneIn(3);
  return nft::Compile(forwarding::Resolve(snapshot, world.Host(), forwarding::NoSlots), options);
}

FakeTables Holding(const nft::Ruleset& ruleset) {
  FakeTables tables;
  EXPECT_EQ(tables.Apply(nft::Plan({}, ruleset)), absl::OkStatus());
  return tables;
}

TEST(PlanLawsTest, FromNothingAPlanMakesTheRuleset) {
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    RandomWorld world(seed);
    const nft::Ruleset ruleset = RandomRuleset(world);
    ASSERT_EQ(Difference(Holding(ruleset).Observe(), ruleset), "");
  }
}

TEST(PlanLawsTest, PlanningWhatIsThereDoesNothing) {
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    RandomWorld world(seed);
    const nft::Ruleset ruleset = RandomRuleset(world);
    ASSERT_EQ(nft::Print(nft::Plan(Holding(ruleset).Observe(), ruleset)), "");
    ASSERT_EQ(nft::Print(nft::Plan(nft::Inventory::Of(ruleset, {}), ruleset)), "");
  }
}

TEST(PlanLawsTest, APlanTurnsEveryRulesetIntoEveryOtherAndBack) {
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    RandomWorld world(seed);
    const nft::Ruleset a = RandomRuleset(world);
    const nft::Ruleset b = RandomRuleset(world);
    FakeTables tables = Holding(a);
    for (const nft::Ruleset* to : {&b, &a}) {
      ASSERT_EQ(tables.Apply(nft::Plan(tables.Observe(), *to)), absl::OkStatus());
      ASSERT_EQ(Difference(tables.Observe(), *to), "");
      ASSERT_EQ(nft::Print(nft::Plan(tables.Observe(), *to)), "");
    }
  }
}

TEST(PlanLawsTest, APlanFromMemoryDoesWhatAPlanFromLookingDoes) {
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    RandomWorld world(seed);
    const nft::Ruleset a = RandomRuleset(world);
    const nft::Ruleset b = RandomRuleset(world);
    FakeTables tables = Holding(a);
    ASSERT_EQ(tables.Apply(nft::Plan(nft::Inventory::Of(a, {}), b)), absl::OkStatus());
    ASSERT_EQ(Difference(tables.Observe(), b), "");
  }
}

TEST(PlanLawsTest, ThePlanDoesNotDependOnTheOrderInWhichElementsWereSeen) {
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    RandomWorld world(seed);
    const nft::Ruleset a = RandomRuleset(world);
    const nft::Ruleset b = RandomRuleset(world);
    nft::Inventory inventory = Holding(a).Observe();
    const std::string plan = nft::Print(nft::Plan(inventory, b));
    world.random().Shuffle(inventory.elements);
    ASSERT_EQ(nft::Print(nft::Plan(inventory, b)), plan);
  }
}

TEST(PlanLawsTest, TheRulesetDoesNotDependOnTheOrderInWhichServicesCame) {
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    RandomWorld world(seed);
    const forwarding::HostFacts host = world.Host();
    std::vector<model::ServiceChange> changes = world.Add({}, 8);
    std::optional<std::string> first;
    for (int order = 0; order < 3; ++order) {
      world.random().Shuffle(changes);
      model::Snapshot snapshot;
      for (const model::ServiceChange& change : changes) snapshot.Apply({change});
      const std::string text =
          nft::Print(nft::Compile(forwarding::Resolve(snapshot, host, forwarding::NoSlots), {}));
      if (!first.has_value()) first = text;
      ASSERT_EQ(text, *first);
    }
  }
}

// A ruleset in which every kind of damage has something to hit.
nft::Ruleset RichRuleset(RandomWorld& world) {
  model::Snapshot snapshot;
  model::Service web = WebAt({"10.0.0.2:80", "10.0.0.3:80", "[fd00:10::2]:80"});
  web.name = Name("zz/web");
  web.cluster_ips = {Ip("10.99.0.1"), Ip("fd00:99::1")};
  snapshot.Apply({Upsert(snapshot, web)});
  snapshot.Apply(world.Add(snapshot, 4));
  return nft::Compile(forwarding::Resolve(snapshot, world.Host(), forwarding::NoSlots), {});
}

class DamageTest : public ::testing::TestWithParam<Damage> {};

TEST_P(DamageTest, APlanRepairsIt) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    RandomWorld world(seed);
    const nft::Ruleset ruleset = RichRuleset(world);
    FakeTables tables = Holding(ruleset);
    const base::Family family = base::kFamilies[world.random().Below(2)];
    GetParam().inflict(*tables.Table(family), family, world.random());
    ASSERT_NE(Difference(tables.Observe(), ruleset), "") << "did no harm";
    const nft::Inventory seen = tables.Observe();
    ASSERT_EQ(tables.Apply(nft::Plan(seen, ruleset)), absl::OkStatus());
    ASSERT_EQ(Difference(tables.Observe(), ruleset), "");
    // What is known after a clean commit is what is there, to the sizes of the sets.
    const nft::Inventory known = nft::Inventory::Of(ruleset, seen);
    for (size_t table = 0; table < known.tables.size(); ++table) {
      ASSERT_EQ(known.tables[table]->sets, tables.Observe().tables[table]->sets);
      ASSERT_EQ(known.tables[table]->chains, tables.Observe().tables[table]->chains);
    }
  }
}

std::string TestName(const ::testing::TestParamInfo<Damage>& info) {
  std::string name;
  bool starts_word = true;
  for (const char c : info.param.name) {
    const bool letter = std::isalpha(static_cast<unsigned char>(c)) != 0;
    if (letter) name += starts_word ? static_cast<char>(std::toupper(c)) : c;
    starts_word = !letter && c != '\'';
  }
  return name;
}

INSTANTIATE_TEST_SUITE_P(PlanLawsTest, DamageTest, ::testing::ValuesIn(AllDamages()), TestName);

TEST(PlanLawsTest, APlanRepairsOnTheWayToAnotherRuleset) {
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    RandomWorld world(seed);
    const nft::Ruleset before = RichRuleset(world);
    const nft::Ruleset after = RandomRuleset(world);
    FakeTables tables = Holding(before);
    for (const base::Family family : base::kFamilies) {
      world.random().Pick(AllDamages()).inflict(*tables.Table(family), family, world.random());
    }
    ASSERT_EQ(tables.Apply(nft::Plan(tables.Observe(), after)), absl::OkStatus());
    ASSERT_EQ(Difference(tables.Observe(), after), "");
  }
}

}  // namespace
}  // namespace nftsvc::testing
