// SPDX-License-Identifier: Apache-2.0
#include "src/reconcile/backoff.h"

#include <gtest/gtest.h>

namespace nftsvc::reconcile {
namespace {

TEST(BackoffTest, DoublesFromATenthOfASecondToHalfAMinute) {
  EXPECT_EQ(BackoffAfter(1), absl::Milliseconds(100));
  EXPECT_EQ(BackoffAfter(2), absl::Milliseconds(200));
  EXPECT_EQ(BackoffAfter(9), absl::Milliseconds(25'600));
  EXPECT_EQ(BackoffAfter(10), absl::Seconds(30));
  EXPECT_EQ(BackoffAfter(1'000'000), absl::Seconds(30));
}

}  // namespace
}  // namespace nftsvc::reconcile
