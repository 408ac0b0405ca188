// SPDX-License-Identifier: Apache-2.0
#include "src/cli/progress.h"

#include <gmock/gmock.h>

#include <chrono>
#include <sstream>
#include <string>

namespace nftsvc::cli {
namespace {

TEST(ProgressTest, ShowsNothingWhereNobodyLooks) {
  std::ostringstream out;
  { const Progress progress(out, "pushing", false); }
  EXPECT_EQ(out.str(), "");
}

TEST(ProgressTest, ShowsNothingWhenTheWaitIsShort) {
  std::ostringstream out;
  { const Progress progress(out, "pushing", true); }
  EXPECT_EQ(out.str(), "");
}

// Lets a test wait for output rather than for time.
class SignallingBuffer : public std::stringbuf {
 public:
  void WaitForFlush() {
    std::unique_lock lock(mutex_);
    flushed_.wait(lock, [this] { return flushes_ > 0; });
  }

 protected:
  int sync() override {
    const std::lock_guard lock(mutex_);
    ++flushes_;
    flushed_.notify_all();
    return 0;
  }

 private:
  std::mutex mutex_;
  std::condition_variable flushed_;
  int flushes_ = 0;
};

TEST(ProgressTest, ALongWaitShowsALineThatIsGoneAfterwards) {
  SignallingBuffer buffer;
  std::ostream out(&buffer);
  {
    const Progress progress(out, "pushing", true);
    buffer.WaitForFlush();
  }
  EXPECT_THAT(buffer.str(), testing::HasSubstr("pushing 0."));
  EXPECT_THAT(buffer.str(), testing::EndsWith("\r\x1b[K"));
}

}  // namespace
}  // namespace nftsvc::cli
