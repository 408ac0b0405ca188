// SPDX-License-Identifier: Apache-2.0
#include "src/base/deadline.h"

#include <gtest/gtest.h>

#include "absl/time/time.h"

namespace nftsvc::base {
namespace {

const absl::Time kNow = absl::UnixEpoch() + absl::Hours(24 * 365);

TEST(DeadlineTest, IsDueAtOnceUntilItIsSet) {
  EXPECT_TRUE(Deadline().IsDue(kNow));
  EXPECT_TRUE(Deadline().IsDue(absl::UnixEpoch()));
  EXPECT_EQ(Deadline().time(), absl::InfinitePast());
}

TEST(DeadlineTest, IsDueWhenItsTimeHasCome) {
  const Deadline deadline = Deadline::After(kNow, absl::Seconds(10));
  EXPECT_EQ(deadline.time(), kNow + absl::Seconds(10));
  EXPECT_FALSE(deadline.IsDue(kNow));
  EXPECT_FALSE(deadline.IsDue(kNow + absl::Seconds(10) - absl::Nanoseconds(1)));
  EXPECT_TRUE(deadline.IsDue(kNow + absl::Seconds(10)));
}

TEST(DeadlineTest, IsDueWhenTheClockWasSetBack) {
  const Deadline deadline = Deadline::After(kNow, absl::Seconds(10));
  EXPECT_TRUE(deadline.IsDue(kNow - absl::Nanoseconds(1)));
  EXPECT_TRUE(deadline.IsDue(kNow - absl::Hours(1)));
}

TEST(DeadlineTest, NeverIsNotDue) {
  EXPECT_FALSE(Deadline::Never().IsDue(kNow));
  EXPECT_FALSE(Deadline::Never().IsDue(absl::UnixEpoch()));
  EXPECT_EQ(Deadline::Never().time(), absl::InfiniteFuture());
}

}  // namespace
}  // namespace nftsvc::base
