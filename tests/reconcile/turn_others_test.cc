// SPDX-License-Identifier: Apache-2.0
//
// The loop while others commit, and change what is ours.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "src/reconcile/reconciler.h"
#include "tests/reconcile/story.h"
#include "tests/support/cases.h"
#include "tests/support/damage.h"
#include "tests/support/loop.h"
#include "tests/support/random.h"

namespace nftsvc::reconcile {
namespace {

using testing::Damage;
using ::testing::ElementsAre;
using testing::FakeTables;
using ::testing::HasSubstr;
using testing::Loop;
using testing::WebAt;
using Call = testing::FakeKernel::Call;

TEST(TurnOthersTest, ForeignCommitsBeforeAnyCallAreSurvived) {
  const size_t calls = CallsOfTheStory();
  for (size_t call = 0; call < calls; call += testing::kNextCall) {
    SCOPED_TRACE(absl::StrCat("call ", call));
    Loop loop;
    loop.kernel.BeforeCall(call, [&loop] { loop.kernel.CommitElsewhere(); });
    Live(loop);
    EXPECT_EQ(loop->health().drift_repairs, 0U);
  }
}

TEST(TurnOthersTest, ForeignCommitsBeforeEveryCallAreSurvivedToo) {
  Loop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  const size_t call = loop.kernel.calls().size();
  for (size_t i = 0; i < 100; ++i) {
    loop.kernel.BeforeCall(call + i, [&loop] { loop.kernel.CommitElsewhere(); });
  }
  EXPECT_EQ(loop.Push(WebAt({"10.0.0.2:80"})).status(), absl::OkStatus());
  EXPECT_LT(loop.kernel.calls().size(), call + 30) << "does not try for ever";
  EXPECT_EQ(DifferenceFromDesired(loop), "");
}

// As if docker or a script committed every few milliseconds.
TEST(TurnOthersTest, AForeignCommitBetweenTheTwoCommitsOfAPushCostsNoLook) {
  Loop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  const size_t call = loop.kernel.calls().size();
  loop.kernel.BeforeCall(call + 1, [&loop] { loop.kernel.CommitElsewhere(); });
  ASSERT_EQ(loop.Push(WebAt({"10.0.0.2:80", "10.0.0.3:80"})).status(), absl::OkStatus());
  const auto first = loop.kernel.calls().begin() + static_cast<ptrdiff_t>(call);
  EXPECT_THAT(std::vector<Call>(first, loop.kernel.calls().end()),
              ElementsAre(Call::kCommit, Call::kCommit, Call::kCurrentGeneration, Call::kCommit));
  EXPECT_EQ(DifferenceFromDesired(loop), "");
}

TEST(TurnOthersTest, AForeignCommitCostsAPushNoLookAtTheKernelUntilThePoll) {
  Loop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  ASSERT_EQ(loop.Push(WebAt({"10.0.0.2:80"})).status(), absl::OkStatus());
  loop.kernel.CommitElsewhere();
  const size_t call = loop.kernel.calls().size();
  ASSERT_EQ(loop.Push(WebAt({"10.0.0.3:80"})).status(), absl::OkStatus());
  const auto first = loop.kernel.calls().begin() + static_cast<ptrdiff_t>(call);
  EXPECT_THAT(std::vector<Call>(first, loop.kernel.calls().end()),
              ElementsAre(Call::kCommit, Call::kCurrentGeneration, Call::kCommit));
  loop.PollWhenDue();
  EXPECT_EQ(loop.kernel.calls().back(), Call::kObserve) << "it may have been to our tables";
}

TEST(TurnOthersTest, DriftUnderAPushIsFoundByThePushOrThePoll) {
  for (const Damage& damage : testing::AllDamages()) {
    SCOPED_TRACE(damage.name);
    testing::Random random(1);
    Loop loop;
    ASSERT_EQ(loop.Start(), absl::OkStatus());
    ASSERT_EQ(loop.Push(WebAt({"10.0.0.2:80", "10.0.0.3:80"})).status(), absl::OkStatus());
    loop.kernel.Tamper([&](FakeTables& tables) {
      damage.inflict(*tables.Table(base::Family::kIPv4), base::Family::kIPv4, random);
    });
    ASSERT_EQ(loop.Push(WebAt({"10.0.0.2:80", "10.0.0.4:80"})).status(), absl::OkStatus());
    loop.PollWhenDue();
    EXPECT_EQ(DifferenceFromDesired(loop), "");
    EXPECT_TRUE(loop->health().in_sync);
  }
}

TEST(TurnOthersTest, DriftBeforeAnyCallIsRepairedInTheEnd) {
  const size_t calls = CallsOfTheStory();
  for (size_t call = 2; call < calls; call += testing::kNextCall) {
    for (const Damage& damage : testing::AllDamages()) {
      SCOPED_TRACE(absl::StrCat("call ", call, ": ", damage.name));
      testing::Random random(call);
      Loop loop;
      for (const StepFunction& step : Story()) {
        const size_t before = loop.kernel.calls().size();
        if (before <= call) {
          loop.kernel.BeforeCall(call, [&] {
            loop.kernel.Tamper([&](FakeTables& tables) {
              auto* table = tables.Table(base::Family::kIPv4);
              const auto* endpoints = tables.Set(base::Family::kIPv4, nft::SetId::kEndpoints);
              if (endpoints == nullptr || endpoints->elements.empty()) return;
              damage.inflict(*table, base::Family::kIPv4, random);
            });
          });
        }
        ASSERT_EQ(step(loop), absl::OkStatus());
      }
      loop.PollWhenDue();
      EXPECT_EQ(DifferenceFromDesired(loop), "");
      EXPECT_TRUE(loop->health().in_sync);
    }
  }
}

class DriftTest : public ::testing::TestWithParam<Damage> {};

TEST_P(DriftTest, IsRepairedAndCounted) {
  testing::Random random(1);
  Loop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  ASSERT_EQ(loop.Push(WebAt({"10.0.0.2:80", "10.0.0.3:80"})).status(), absl::OkStatus());
  loop.PollWhenDue();
  EXPECT_EQ(loop->health().drift_repairs, 0U);
  loop.kernel.Tamper([&](FakeTables& tables) {
    GetParam().inflict(*tables.Table(base::Family::kIPv4), base::Family::kIPv4, random);
  });
  ASSERT_NE(DifferenceFromDesired(loop), "");
  loop.PollWhenDue();
  EXPECT_EQ(DifferenceFromDesired(loop), "");
  EXPECT_EQ(loop->health().drift_repairs, 1U);
  EXPECT_THAT(loop->health().last_drift, HasSubstr("repaired by"));
  EXPECT_THAT(loop.log.back(), HasSubstr("somebody changed our tables"));
  loop.PollWhenDue();  // may look at what was not looked at
  const size_t calls = loop.kernel.calls().size();
  loop.PollWhenDue();
  EXPECT_EQ(loop.kernel.calls().size(), calls + 1) << "and then there is peace";
  EXPECT_EQ(loop->health().drift_repairs, 1U);
}

std::string DamageName(const ::testing::TestParamInfo<Damage>& info) {
  return absl::StrCat("Kind", info.index);
}

INSTANTIATE_TEST_SUITE_P(TurnOthersTest, DriftTest, ::testing::ValuesIn(testing::AllDamages()),
                         DamageName);

// The kernel tells numbers of elements; with them, what is wrong is found without reading the rest.
TEST(RepairTest, OnlySetsWithOtherNumbersOfElementsAreRead) {
  Loop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  ASSERT_EQ(loop.Push(WebAt({"10.0.0.2:80", "10.0.0.3:80"})).status(), absl::OkStatus());
  loop.PollWhenDue();
  loop.kernel.Tamper([](FakeTables& tables) {
    auto& table = *tables.Table(base::Family::kIPv4);
    auto& endpoints = table.sets.at("endpoints").elements;
    ASSERT_FALSE(endpoints.empty());
    endpoints.erase(endpoints.begin());
  });
  loop.PollWhenDue();
  EXPECT_EQ(loop->health().drift_repairs, 1U);
  EXPECT_EQ(DifferenceFromDesired(loop), "");
  nft::SetChoice endpoints{};
  endpoints[0][static_cast<size_t>(nft::SetId::kEndpoints)] = true;
  EXPECT_EQ(loop.kernel.observed_sets().back(), endpoints);
  loop.PollWhenDue();
  EXPECT_EQ(loop.kernel.observed_sets().back(), nft::EverySet()) << "the rest, afterwards";
}

// When others commit all the time, and looks at everything take long.
class BusyHostTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(loop_.Start(), absl::OkStatus());
    ASSERT_EQ(loop_.Push(WebAt({"10.0.0.2:80", "10.0.0.3:80"})).status(), absl::OkStatus());
    loop_.PollWhenDue();
    loop_.kernel.CommitElsewhere();
    loop_.kernel.BeforeCall(loop_.kernel.calls().size() + 2,  // behind generation and outline
                            [this] { loop_.now += kLook; });
    loop_.PollWhenDue();
    ASSERT_EQ(loop_.kernel.calls().back(), Call::kObserve);
  }

  static constexpr absl::Duration kLook = absl::Seconds(1);
  Loop loop_;
};

TEST_F(BusyHostTest, LooksAreRareAndOutlinesAreNot) {
  const size_t looks = loop_.kernel.CountOf(Call::kObserve);
  const absl::Time begin = loop_.now;
  int polls = 0;
  while (loop_.kernel.CountOf(Call::kObserve) == looks) {
    loop_.kernel.CommitElsewhere();
    loop_.PollWhenDue();
    ASSERT_LT(++polls, 100);
  }
  EXPECT_GE(loop_.now - begin, 20 * kLook);
  EXPECT_LE(loop_.now - begin, 22 * kLook);
  EXPECT_GT(polls, 15);
  EXPECT_TRUE(loop_->health().in_sync);
  EXPECT_EQ(loop_->health().drift_repairs, 0U);
}

TEST_F(BusyHostTest, MostDamagesAreFoundAtTheNextPoll) {
  size_t found_at_once = 0;
  for (const Damage& damage : testing::AllDamages()) {
    SCOPED_TRACE(damage.name);
    testing::Random random(1);
    loop_.kernel.Tamper([&](FakeTables& tables) {
      damage.inflict(*tables.Table(base::Family::kIPv4), base::Family::kIPv4, random);
    });
    const uint64_t repairs = loop_->health().drift_repairs;
    loop_.PollWhenDue();
    found_at_once += loop_->health().drift_repairs - repairs;
    // Others take as long as a look may be put off, and no foreign commit.
    for (int polls = 0; polls < 25; ++polls) loop_.PollWhenDue();
    EXPECT_EQ(loop_->health().drift_repairs, repairs + 1);
    EXPECT_EQ(DifferenceFromDesired(loop_), "");
    loop_.kernel.CommitElsewhere();
    loop_.kernel.BeforeCall(loop_.kernel.calls().size() + 2, [this] { loop_.now += kLook; });
    loop_.PollWhenDue();
  }
  EXPECT_GE(found_at_once + 6, testing::AllDamages().size());
}

}  // namespace
}  // namespace nftsvc::reconcile
