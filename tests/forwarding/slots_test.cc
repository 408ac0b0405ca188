// SPDX-License-Identifier: Apache-2.0
#include "src/forwarding/slots.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "src/model/limits.h"
#include "tests/support/builders.h"

namespace nftsvc::forwarding {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::vector<uint32_t> Counts(const std::vector<uint16_t>& weights) { return SlotCounts(weights); }

TEST(SlotsTest, NoWeightsGetNoSlots) { EXPECT_THAT(Counts({}), IsEmpty()); }

TEST(SlotsTest, EqualWeightsGetOneSlotEach) {
  EXPECT_THAT(Counts({7}), ElementsAre(1));
  EXPECT_THAT(Counts({1, 1, 1}), ElementsAre(1, 1, 1));
  EXPECT_THAT(Counts({65'535, 65'535}), ElementsAre(1, 1));
}

TEST(SlotsTest, UnequalWeightsAreDividedByWhatTheyHaveInCommon) {
  EXPECT_THAT(Counts({1, 2}), ElementsAre(1, 2));
  EXPECT_THAT(Counts({20, 30, 50}), ElementsAre(2, 3, 5));
  EXPECT_THAT(Counts({1, 1'023}), ElementsAre(1, 1'023)) << "the limit is still in it";
}

TEST(SlotsTest, WeightsThatNeedTooManySlotsAreScaled) {
  EXPECT_THAT(Counts({1, 65'535}), ElementsAre(1, 1'023)) << "the first raised from a 64th";
  EXPECT_THAT(Counts({999, 1'000}), ElementsAre(512, 512));
}

TEST(SlotsTest, ManyEndpointsAreScaledToFourSlotsEach) {
  std::vector<uint16_t> weights(1'000, 1'000);
  weights.front() = 999;
  const std::vector<uint32_t> counts = Counts(weights);
  EXPECT_THAT(counts, Each(4U));
}

TEST(SlotsTest, TheMostEndpointsStillFit) {
  std::vector<uint16_t> weights(model::kMaxEndpointsPerPort, 1);
  weights.front() = 65'535;
  const std::vector<uint32_t> counts = Counts(weights);
  EXPECT_LE(std::accumulate(counts.begin(), counts.end(), uint64_t{0}), model::kMaxSlotsPerPort);
  EXPECT_THAT(counts, Each(1U)) << "no room for weights";
}

// "10.0.0.2 10.0.0.3 …", from slots that hold indices of `targets`.
class ArrangeSlotsTest : public ::testing::Test {
 protected:
  ArrangeSlotsTest() {
    for (const char* address : {"10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.5"}) {
      Target target;
      target.address = testing::Ip(address);
      target.port = 80;
      targets_.push_back(std::move(target));
    }
  }

  std::string Arrange(const std::vector<uint16_t>& users, const std::vector<uint32_t>& counts,
                      const std::vector<std::string>& before) const {
    const Slots slots = ArrangeSlots(targets_, users, counts, testing::AtEach(before));
    return absl::StrJoin(slots, " ", [this](std::string* out, uint16_t slot) {
      absl::StrAppend(out, targets_[slot].address.ToString());
    });
  }

  std::vector<Target> targets_;
};

TEST_F(ArrangeSlotsTest, WithoutAMemoryTargetsComeInOrder) {
  EXPECT_EQ(Arrange({0, 1, 2}, {1, 1, 1}, {}), "10.0.0.2 10.0.0.3 10.0.0.4");
  EXPECT_EQ(Arrange({1, 3}, {2, 1}, {}), "10.0.0.3 10.0.0.3 10.0.0.5");
  EXPECT_EQ(Arrange({}, {}, {}), "");
}

TEST_F(ArrangeSlotsTest, ANewTargetGoesToTheEnd) {
  EXPECT_EQ(Arrange({0, 1, 2}, {1, 1, 1}, {"10.0.0.4:80", "10.0.0.3:80"}),
            "10.0.0.4 10.0.0.3 10.0.0.2");
}

TEST_F(ArrangeSlotsTest, TheLastTargetMovesIntoTheHole) {
  EXPECT_EQ(
      Arrange({1, 2, 3}, {1, 1, 1}, {"10.0.0.2:80", "10.0.0.3:80", "10.0.0.4:80", "10.0.0.5:80"}),
      "10.0.0.5 10.0.0.3 10.0.0.4");
}

TEST_F(ArrangeSlotsTest, ATargetTakesThePlaceOfTheOneThatItReplaces) {
  EXPECT_EQ(Arrange({0, 2, 3}, {1, 1, 1}, {"10.0.0.2:80", "10.0.0.3:80", "10.0.0.4:80"}),
            "10.0.0.2 10.0.0.5 10.0.0.4");
}

TEST_F(ArrangeSlotsTest, ATargetKeepsAsManyOfItsSlotsAsItIsDue) {
  EXPECT_EQ(Arrange({0, 1}, {1, 2}, {"10.0.0.2:80", "10.0.0.2:80", "10.0.0.3:80"}),
            "10.0.0.2 10.0.0.3 10.0.0.3");
  EXPECT_EQ(Arrange({0, 1}, {2, 1}, {"10.0.0.3:80", "10.0.0.2:80"}), "10.0.0.3 10.0.0.2 10.0.0.2");
}

TEST_F(ArrangeSlotsTest, AnotherPortIsAnotherTarget) {
  EXPECT_EQ(Arrange({0, 1}, {1, 1}, {"10.0.0.3:81", "10.0.0.2:80"}), "10.0.0.3 10.0.0.2");
}

}  // namespace
}  // namespace nftsvc::forwarding
