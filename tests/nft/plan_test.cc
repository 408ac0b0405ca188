// SPDX-License-Identifier: Apache-2.0
//
// Transactions as text. The laws of all plans are in tests/property/plan_laws_test.cc.
#include "src/nft/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "src/nft/compile.h"
#include "tests/support/builders.h"
#include "tests/support/fake_tables.h"

namespace nftsvc::nft {
namespace {

using base::Family;
using ::testing::Contains;
using ::testing::ElementsAre;
using testing::FakeTables;
using testing::FrontendAt;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using testing::NodeA;
using ::testing::Not;
using testing::SnapshotOf;
using ::testing::StartsWith;
using testing::Web;
using testing::WebAt;

// The ruleset of one service, whose endpoints keep the slots that they have in `kernel`.
Ruleset RulesetOf(model::Service service, const FakeTables& kernel = {}) {
  return Compile(forwarding::Resolve(SnapshotOf({std::move(service)}), NodeA(),
                                     ObservedSlots(kernel.Observe())),
                 {});
}

std::vector<std::string> Lines(const Transaction& transaction) {
  return absl::StrSplit(Print(transaction), '\n', absl::SkipEmpty());
}

// A kernel that holds a service, and goes on to others.
class Kernel {
 public:
  explicit Kernel(model::Service service) { GoTo(std::move(service)); }

  std::vector<std::string> GoTo(model::Service service) {
    const Transaction transaction = Plan(tables.Observe(), RulesetOf(std::move(service), tables));
    EXPECT_EQ(tables.Apply(transaction), absl::OkStatus());
    return Lines(transaction);
  }

  FakeTables tables;
};

TEST(PlanTest, FromNothingTheTableComesFirstAndElementsLast) {
  const std::vector<std::string> lines = Lines(Plan({}, RulesetOf(WebAt({"10.0.0.2:80"}))));
  EXPECT_EQ(lines.front(), "add table ip nftsvc { comment \"made by nftsvcd\"; }");
  const auto last_rule = std::find_if(lines.rbegin(), lines.rend(), [](const std::string& line) {
    return absl::StartsWith(line, "add rule ip nftsvc");
  });
  const auto first_element = std::find_if(lines.begin(), lines.end(), [](const std::string& line) {
    return absl::StartsWith(line, "add element");
  });
  EXPECT_LT(last_rule.base() - lines.begin(), first_element - lines.begin() + 1);
  EXPECT_THAT(lines, Not(Contains(StartsWith("delete"))));
  EXPECT_THAT(lines, Not(Contains(StartsWith("flush"))));
}

TEST(PlanTest, AnEndpointMoreIsAnotherWayToPickAndASlot) {
  Kernel kernel(WebAt({"10.0.0.2:80", "10.0.0.3:80"}));
  EXPECT_THAT(
      kernel.GoTo(WebAt({"10.0.0.2:80", "10.0.0.3:80", "10.0.0.4:80"})),
      IsSupersetOf(
          {"delete element ip nftsvc services { 10.96.0.1 . tcp . 80 }",
           "add chain ip nftsvc random-3", "add chain ip nftsvc outside-random-3",
           "add element ip nftsvc services { 10.96.0.1 . tcp . 80 comment \"default/web\" : goto "
           "outside-random-3 }",
           "add element ip nftsvc endpoints { 10.96.0.1 . tcp . 80 . 2 : 10.0.0.4 . 80 }",
           "add element ip nftsvc hairpin { 10.0.0.4 . 10.0.0.4 }"}));
}

TEST(PlanTest, WhenAnEndpointGoesTheLastMovesIntoItsSlot) {
  Kernel kernel(WebAt({"10.0.0.2:80", "10.0.0.3:80", "10.0.0.4:80"}));
  const std::vector<std::string> lines = kernel.GoTo(WebAt({"10.0.0.3:80", "10.0.0.4:80"}));
  EXPECT_THAT(
      lines,
      IsSupersetOf({"delete element ip nftsvc endpoints { 10.96.0.1 . tcp . 80 . 0 }",
                    "delete element ip nftsvc endpoints { 10.96.0.1 . tcp . 80 . 2 }",
                    "add element ip nftsvc endpoints { 10.96.0.1 . tcp . 80 . 0 : 10.0.0.4 . 80 }",
                    "delete chain ip nftsvc random-3"}));
  EXPECT_THAT(lines,
              Not(Contains("delete element ip nftsvc endpoints { 10.96.0.1 . tcp . 80 . 1 }")))
      << "the second stays where it is";
}

TEST(PlanTest, AnEndpointThatIsReplacedTouchesOneSlot) {
  Kernel kernel(WebAt({"10.0.0.2:80", "10.0.0.3:80"}));
  EXPECT_THAT(kernel.GoTo(WebAt({"10.0.0.2:80", "10.0.0.9:80"})),
              ElementsAre("delete element ip nftsvc endpoints { 10.96.0.1 . tcp . 80 . 1 }",
                          "delete element ip nftsvc hairpin { 10.0.0.3 . 10.0.0.3 }",
                          "add element ip nftsvc endpoints { 10.96.0.1 . tcp . 80 . 1 : 10.0.0.9 . "
                          "80 }",
                          "add element ip nftsvc hairpin { 10.0.0.9 . 10.0.0.9 }"));
}

TEST(PlanTest, RemovingTheLastEndpointTurnsTheFrontendIntoReject) {
  Kernel kernel(WebAt({"10.0.0.2:80"}));
  EXPECT_THAT(
      kernel.GoTo(Web({})),
      ElementsAre("flush chain ip nftsvc outside-random-1", "flush chain ip nftsvc random-1",
                  "delete element ip nftsvc services { 10.96.0.1 . tcp . 80 }",
                  "delete element ip nftsvc endpoints { 10.96.0.1 . tcp . 80 . 0 }",
                  "delete element ip nftsvc hairpin { 10.0.0.2 . 10.0.0.2 }",
                  "delete chain ip nftsvc outside-random-1", "delete chain ip nftsvc random-1",
                  "add element ip nftsvc no-endpoints { 10.96.0.1 . tcp . 80 comment "
                  "\"default/web\" : goto reject-new }"));
}

TEST(PlanTest, ACounterIsCarriedFromWhatIsDeletedToWhatGoesOnCounting) {
  Kernel kernel(WebAt({"10.0.0.2:80", "10.0.0.3:80", "10.0.0.4:80"}));
  const auto counter = [&](uint32_t slot) -> Counter& {
    return kernel.tables
        .Find({.family = Family::kIPv4,
               .set = SetId::kEndpoints,
               .key = SlotKey(FrontendAt("10.96.0.1:80/tcp"), slot)})
        ->counter;
  };
  for (uint32_t slot = 0; slot < 3; ++slot) counter(slot).packets = 10 + slot;
  kernel.GoTo(WebAt({"10.0.0.3:80", "10.0.0.4:80"}));
  EXPECT_EQ(counter(0).packets, 12U) << "the third moved here";
  EXPECT_EQ(counter(1).packets, 11U);
}

TEST(PlanTest, ASetThatIsTooSmallIsMadeAnewWithAllRulesOutOfItsWay) {
  Kernel kernel(WebAt({"10.0.0.2:80"}));
  kernel.tables.Set(Family::kIPv4, SetId::kEndpoints)->size = 0;
  const std::vector<std::string> lines = kernel.GoTo(WebAt({"10.0.0.2:80"}));
  const auto index = [&](const char* line) {
    return std::find(lines.begin(), lines.end(), line) - lines.begin();
  };
  const auto erase = index("delete set ip nftsvc endpoints");
  ASSERT_LT(erase, static_cast<ptrdiff_t>(lines.size()));
  EXPECT_LT(index("flush chain ip nftsvc random-1"), erase);
  EXPECT_GT(index("add element ip nftsvc endpoints { 10.96.0.1 . tcp . 80 . 0 : 10.0.0.2 . 80 }"),
            erase);
  EXPECT_THAT(lines, Not(Contains(StartsWith("delete element"))));
  EXPECT_THAT(lines, Not(Contains(HasSubstr("ip6"))));
}

TEST(PlanTest, ObjectsThatAreNotOursAreTakenOut) {
  Kernel kernel(WebAt({"10.0.0.2:80"}));
  kernel.tables.Table(Family::kIPv4)->chains["somebodys"];
  kernel.tables.Table(Family::kIPv4)->sets["somebodys"];
  kernel.tables.Table(Family::kIPv6)->other_objects = true;
  const std::vector<std::string> lines = kernel.GoTo(WebAt({"10.0.0.2:80"}));
  EXPECT_THAT(lines, IsSupersetOf({"delete chain ip nftsvc somebodys",
                                   "delete set ip nftsvc somebodys", "delete table ip6 nftsvc"}));
}

TEST(PlanTest, AnExclusiveTableIsTakenOverIfItIsNobodys) {
  const Ruleset shared = RulesetOf(WebAt({"10.0.0.2:80"}));
  Ruleset exclusive = shared;
  exclusive.skeleton.exclusive = true;
  FakeTables tables;
  ASSERT_EQ(tables.Apply(Plan({}, exclusive)), absl::OkStatus());
  EXPECT_THAT(Lines(Plan(tables.Observe(), exclusive)), IsEmpty());
  for (auto& table : tables.tables) table->is_mine = false;
  EXPECT_THAT(
      Lines(Plan(tables.Observe(), exclusive)),
      ElementsAre("add table ip nftsvc { flags owner,persist; comment \"made by nftsvcd\"; }",
                  "add table ip6 nftsvc { flags owner,persist; comment \"made by nftsvcd\"; }"));
  EXPECT_THAT(Lines(Plan(tables.Observe(), shared)), Contains("delete table ip nftsvc"));
}

TEST(PlanTest, ElementsThatNeitherSideListsAreLeftAlone) {
  Kernel kernel(WebAt({"10.0.0.2:80"}));
  const Ruleset whole = RulesetOf(WebAt({"10.0.0.2:80"}));
  Inventory from = Inventory::Of(whole, {});
  from.elements.clear();
  Ruleset to = whole;
  to.elements.clear();
  EXPECT_THAT(Plan(from, to).operations, IsEmpty());
}

TEST(PlanTest, KnowsWhetherASetMustBeMadeAnew) {
  const Ruleset ruleset = RulesetOf(WebAt({"10.0.0.2:80"}));
  const Inventory inventory = Inventory::Of(ruleset, {});
  EXPECT_FALSE(HasOutgrownSets(inventory, ruleset.counts));
  SetCounts counts = ruleset.counts;
  counts[1][static_cast<size_t>(SetId::kServices)] = 769;
  EXPECT_TRUE(HasOutgrownSets(inventory, counts));
  EXPECT_TRUE(HasOutgrownSets({}, ruleset.counts)) << "there is none";
}

}  // namespace
}  // namespace nftsvc::nft
