// SPDX-License-Identifier: Apache-2.0
//
// Tests of confirmation_deadline.cc.
#include "src/daemon/confirmation_deadline.h"

#include <gtest/gtest.h>

#include "absl/time/clock.h"
#include "tests/support/fake_history.h"

namespace nftsvc::daemon {
namespace {

class ConfirmationDeadlineTest : public ::testing::Test {
 protected:
  ConfirmationDeadlineTest() {
    sd_event* event = nullptr;
    EXPECT_GE(sd_event_new(&event), 0);
    event_.reset(event);
  }

  void Wait(absl::Duration left, absl::Duration within) {
    history_.waiting = control::Pending{
        .revision = 2, .base_revision = 1, .until = absl::Now() + left, .within = within};
  }

  // The loop for so long at most, until something is taken back.
  void Run(absl::Duration at_most) {
    const absl::Time end = absl::Now() + at_most;
    while (asked_ == 0 && absl::Now() < end) {
      sd_event_run(event_.get(),
                   static_cast<uint64_t>(absl::ToInt64Microseconds(absl::Milliseconds(5))));
    }
  }

  control::EventLoop event_;
  testing::FakeHistory history_;
  int asked_ = 0;
  bool answer_ = true;
  ConfirmationDeadline deadline_{history_, [this] {
                                   ++asked_;
                                   if (answer_) history_.waiting.reset();
                                   return answer_;
                                 }};
};

TEST_F(ConfirmationDeadlineTest, WhatRanOutMeanwhileIsTakenBackAtOnce) {
  Wait(-absl::Seconds(1), absl::Minutes(1));
  ASSERT_TRUE(deadline_.Start(event_.get()).ok());
  EXPECT_EQ(asked_, 1);
}

TEST_F(ConfirmationDeadlineTest, IsReachedByTheClock) {
  ASSERT_TRUE(deadline_.Start(event_.get()).ok());
  EXPECT_EQ(asked_, 0);
  Wait(absl::Milliseconds(10), absl::Minutes(1));
  deadline_.Follow();
  Run(absl::Seconds(10));
  EXPECT_EQ(asked_, 1);
}

TEST_F(ConfirmationDeadlineTest, AClockThatWasSetBackDoesNotPutItOff) {
  ASSERT_TRUE(deadline_.Start(event_.get()).ok());
  Wait(absl::Hours(24), absl::Milliseconds(10));
  deadline_.Follow();
  Run(absl::Seconds(10));
  EXPECT_EQ(asked_, 1);
}

TEST_F(ConfirmationDeadlineTest, WhatIsConfirmedIsNotTakenBack) {
  ASSERT_TRUE(deadline_.Start(event_.get()).ok());
  Wait(absl::Milliseconds(20), absl::Minutes(1));
  deadline_.Follow();
  history_.waiting.reset();
  deadline_.Follow();
  Run(absl::Milliseconds(100));
  EXPECT_EQ(asked_, 0);
}

TEST_F(ConfirmationDeadlineTest, WhatCannotBeTakenBackIsTriedAgain) {
  answer_ = false;
  Wait(-absl::Seconds(1), absl::Minutes(1));
  ASSERT_TRUE(deadline_.Start(event_.get()).ok());
  deadline_.Retry();
  EXPECT_EQ(asked_, 2);
  answer_ = true;
  deadline_.Retry();
  deadline_.Retry();
  EXPECT_EQ(asked_, 3);
}

}  // namespace
}  // namespace nftsvc::daemon
