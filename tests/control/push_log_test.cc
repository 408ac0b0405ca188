// SPDX-License-Identifier: Apache-2.0
#include "src/control/push_log.h"

#include <gtest/gtest.h>

namespace nftsvc::control {
namespace {

TEST(PushLogTest, CountsByResultAndAddsUpWhatWasAccepted) {
  PushLog log;
  log.Add({.result = PushRecord::kAccepted, .added = 2, .removed = 1, .took = absl::Seconds(1)});
  log.Add({.result = PushRecord::kAccepted, .changed = 3, .took = absl::Seconds(2)});
  log.Add({.result = PushRecord::kRefused, .added = 7});
  log.Add({.result = PushRecord::kFailed, .added = 7});
  EXPECT_EQ(log.count(PushRecord::kAccepted), 2u);
  EXPECT_EQ(log.count(PushRecord::kRefused), 1u);
  EXPECT_EQ(log.count(PushRecord::kFailed), 1u);
  EXPECT_EQ(log.added(), 2u);
  EXPECT_EQ(log.changed(), 3u);
  EXPECT_EQ(log.removed(), 1u);
  EXPECT_EQ(log.durations().count(), 2u);
  EXPECT_DOUBLE_EQ(log.durations().sum(), 3.0);
}

TEST(PushLogTest, WhatChangedNothingIsOnlyCounted) {
  PushLog log;
  log.Add({.time = absl::UnixEpoch(), .result = PushRecord::kUnchanged});
  EXPECT_EQ(log.count(PushRecord::kUnchanged), 1u);
  EXPECT_TRUE(log.latest().empty());
  EXPECT_EQ(log.last_queued(), absl::InfinitePast());
}

TEST(PushLogTest, WhatWasRefusedNeverWaitedForTheKernel) {
  PushLog log;
  log.Add({.time = absl::UnixEpoch(), .result = PushRecord::kFailed});
  log.Add({.time = absl::UnixEpoch() + absl::Hours(1), .result = PushRecord::kRefused});
  EXPECT_EQ(log.last_queued(), absl::UnixEpoch());
}

TEST(PushLogTest, RemembersTheLatestFirstAndNoMoreThanSome) {
  PushLog log;
  for (uint64_t i = 1; i <= 3 * PushLog::kRemembered; ++i) log.Add({.revision = i});
  ASSERT_EQ(log.latest().size(), PushLog::kRemembered);
  EXPECT_EQ(log.latest().front().revision, 3 * PushLog::kRemembered);
  EXPECT_EQ(log.latest().back().revision, 2 * PushLog::kRemembered + 1);
}

}  // namespace
}  // namespace nftsvc::control
