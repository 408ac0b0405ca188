// SPDX-License-Identifier: Apache-2.0
#include "src/daemon/stderr_log.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace nftsvc::daemon {
namespace {

using base::Severity;

TEST(StderrLogTest, TheJournalIsToldTheSeverity) {
  EXPECT_EQ(FormatLogLine(Severity::kWarning, "text", true, absl::Now()), "<4>text\n");
  EXPECT_EQ(FormatLogLine(Severity::kInfo, "text", true, absl::Now()), "<6>text\n");
}

TEST(StderrLogTest, OthersAreToldTheTimeAndWhatIsWrong) {
  const absl::Time time =
      absl::FromCivil(absl::CivilSecond(2026, 1, 2, 3, 4, 5), absl::LocalTimeZone());
  EXPECT_EQ(FormatLogLine(Severity::kError, "text", false, time),
            "2026-01-02 03:04:05.000 error: text\n");
  EXPECT_EQ(FormatLogLine(Severity::kWarning, "text", false, time),
            "2026-01-02 03:04:05.000 warning: text\n");
  EXPECT_EQ(FormatLogLine(Severity::kInfo, "text", false, time), "2026-01-02 03:04:05.000 text\n");
}

TEST(StderrLogTest, ATextCannotForgeLines) {
  EXPECT_EQ(FormatLogLine(Severity::kInfo, "a\n<0>b\x1b[2J", true, absl::Now()), "<6>a?<0>b?[2J\n");
}

TEST(StderrLogTest, DebuggingIsWrittenOnlyIfAskedFor) {
  ::testing::internal::CaptureStderr();
  StderrLog(/*verbose=*/false)(Severity::kDebug, "not shown");
  StderrLog(/*verbose=*/true)(Severity::kDebug, "shown");
  const std::string written = ::testing::internal::GetCapturedStderr();
  EXPECT_EQ(written.find("not shown"), std::string::npos);
  EXPECT_NE(written.find("shown\n"), std::string::npos);
}

TEST(StderrLogTest, TheJournalIsKnownByItsFile) {
  ::testing::internal::CaptureStderr();
  struct stat found = {};
  ASSERT_EQ(fstat(STDERR_FILENO, &found), 0);
  setenv("JOURNAL_STREAM", absl::StrCat(found.st_dev, ":", found.st_ino).c_str(), 1);
  StderrLog(false)(Severity::kInfo, "to the journal");
  setenv("JOURNAL_STREAM", absl::StrCat(found.st_dev, ":", found.st_ino + 1).c_str(), 1);
  StderrLog(false)(Severity::kInfo, "redirected");
  unsetenv("JOURNAL_STREAM");
  const std::string written = ::testing::internal::GetCapturedStderr();
  EXPECT_EQ(written.find("<6>to the journal\n"), 0u) << written;
  EXPECT_EQ(written.find("<6>redirected"), std::string::npos) << written;
}

}  // namespace
}  // namespace nftsvc::daemon
