// SPDX-License-Identifier: Apache-2.0
//
// The loop when nobody pushes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <vector>

#include "absl/time/time.h"
#include "src/reconcile/reconciler.h"
#include "tests/support/loop.h"

namespace nftsvc::reconcile {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::Loop;
using ::testing::Not;
using testing::WebAt;
using Call = testing::FakeKernel::Call;

TEST(PollTest, AsksForTheGenerationOnly) {
  Loop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  const size_t calls = loop.kernel.calls().size();
  loop.PollWhenDue();
  ASSERT_EQ(loop.kernel.calls().size(), calls + 1);
  EXPECT_EQ(loop.kernel.calls().back(), Call::kCurrentGeneration);
  EXPECT_EQ(loop->next_poll(), loop.now + loop->settings().drift_poll_interval);
}

TEST(PollTest, BeforeItsTimeDoesNothing) {
  Loop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  loop.PollWhenDue();
  const size_t calls = loop.kernel.calls().size();
  loop->Poll();
  EXPECT_EQ(loop.kernel.calls().size(), calls);
}

TEST(PollTest, LooksAtWhatIsOursOnlyWhenSomebodyCommittedSomething) {
  Loop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  loop.kernel.CommitElsewhere();
  loop.PollWhenDue();
  EXPECT_EQ(loop.kernel.calls().back(), Call::kObserve);
  EXPECT_EQ(loop->health().drift_repairs, 0U);
  EXPECT_EQ(loop->health().generation, loop.kernel.generation());
  loop.PollWhenDue();
  EXPECT_EQ(loop.kernel.calls().back(), Call::kCurrentGeneration);
}

TEST(PollTest, WaitsLongerAfterEachFailureInARow) {
  Loop loop;
  for (size_t i = 0; i < 100; ++i) loop.kernel.FailCall(i, {absl::UnavailableError("it failed")});
  EXPECT_FALSE(loop.Start().ok());
  std::vector<absl::Duration> waits;
  for (int i = 0; i < 11; ++i) {
    waits.push_back(loop->next_poll() - loop.now);
    EXPECT_THAT(loop->health().problem, HasSubstr("trying again in"));
    loop.PollWhenDue();
  }
  EXPECT_EQ(waits.front(), absl::Milliseconds(100));
  EXPECT_EQ(waits.back(), absl::Seconds(30));
  EXPECT_TRUE(std::is_sorted(waits.begin(), waits.end()));
}

TEST(PollTest, ComesInTimeHoweverOftenAPushFails) {
  Loop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  const auto fail = [&] {
    loop.kernel.FailCall(loop.kernel.calls().size(), {absl::UnavailableError("no memory")});
    EXPECT_FALSE(loop.Push(WebAt({"10.0.0.2:80"})).ok());
    EXPECT_FALSE(loop->health().in_sync);
  };
  // The commit fails, the look at the kernel after it, and the one that is to put the old services
  // back.
  for (size_t call = 1; call <= 2; ++call) {
    loop.kernel.FailCall(loop.kernel.calls().size() + call, {absl::UnavailableError("no memory")});
  }
  fail();
  const absl::Time due = loop->next_poll();
  for (int i = 0; i < 9; ++i) {
    loop.now += absl::Milliseconds(10);
    fail();
    EXPECT_EQ(loop->next_poll(), due);
  }
  loop.PollWhenDue();
  EXPECT_TRUE(loop->health().in_sync);
}

TEST(PollTest, ComesAlthoughTheClockWasSetBack) {
  Loop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  ASSERT_TRUE(loop.Push(WebAt({"10.0.0.2:80"})).ok());
  loop.PollWhenDue();
  loop.now -= absl::Hours(1);
  loop.kernel.Tamper([](testing::FakeTables& tables) { tables = {}; });
  loop->Poll();
  EXPECT_EQ(loop->health().drift_repairs, 1U);
  EXPECT_EQ(loop->next_poll(), loop.now + loop->settings().drift_poll_interval);
}

TEST(PollTest, AFailureToAskIsNotInSync) {
  Loop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  loop.kernel.FailCall(loop.kernel.calls().size(), {absl::UnavailableError("read generation: …")});
  loop.PollWhenDue();
  EXPECT_FALSE(loop->health().in_sync);
  EXPECT_THAT(loop->health().problem, Not(IsEmpty()));
  loop.PollWhenDue();
  EXPECT_TRUE(loop->health().in_sync);
  EXPECT_THAT(loop->health().problem, IsEmpty());
}

}  // namespace
}  // namespace nftsvc::reconcile
