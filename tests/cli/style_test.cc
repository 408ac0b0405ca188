// SPDX-License-Identifier: Apache-2.0
#include "src/cli/style.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

namespace nftsvc::cli {
namespace {

TEST(StyleTest, PlainPaintsNothing) {
  EXPECT_EQ(Style().Paint(Colour::kRed, "x"), "x");
  EXPECT_EQ(Style(true).Paint(Colour::kRed, "x"), "\x1b[31mx\x1b[0m");
  EXPECT_EQ(Style(true).Paint(Colour::kNone, "x"), "x");
  EXPECT_EQ(Style(true).Paint(Colour::kRed, ""), "");
}

class TerminalTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_GE(terminal_, 0);
    setenv("TERM", "xterm", 1);
    unsetenv("NO_COLOR");
  }
  void TearDown() override { close(terminal_); }

  static bool Coloured(int fd) { return Style::For(fd).Paint(Colour::kRed, "x") != "x"; }

  int terminal_ = posix_openpt(O_RDWR | O_NOCTTY);
};

TEST_F(TerminalTest, ATerminalTakesColoursAndAFileDoesNot) {
  EXPECT_TRUE(Coloured(terminal_));
  const int file = open("/dev/null", O_WRONLY);
  EXPECT_FALSE(Coloured(file));
  close(file);
}

TEST_F(TerminalTest, NoColorIsHonouredUnlessEmpty) {
  setenv("NO_COLOR", "1", 1);
  EXPECT_FALSE(Coloured(terminal_));
  setenv("NO_COLOR", "", 1);
  EXPECT_TRUE(Coloured(terminal_));
}

TEST_F(TerminalTest, ADumbTerminalTakesNone) {
  setenv("TERM", "dumb", 1);
  EXPECT_FALSE(Coloured(terminal_));
}

TEST(StyleTest, DurationsComeInUnitsThatPeopleRead) {
  EXPECT_EQ(PrintMicroseconds(0), "0 us");
  EXPECT_EQ(PrintMicroseconds(999), "999 us");
  EXPECT_EQ(PrintMicroseconds(1'234), "1.2 ms");
  EXPECT_EQ(PrintMicroseconds(1'500'000), "1.5 s");
}

TEST(StyleTest, CountsKnowTheSingular) {
  EXPECT_EQ(Count(0, "service"), "0 services");
  EXPECT_EQ(Count(1, "service"), "1 service");
  EXPECT_EQ(Count(2, "service"), "2 services");
}

TEST(StyleTest, WidthCountsCharactersNotBytes) {
  EXPECT_EQ(Width("abc"), 3);
  EXPECT_EQ(Width("é…"), 2);
  EXPECT_EQ(Width(""), 0);
}

TEST(CutToWidthTest, CountsCharactersAndNotColours) {
  EXPECT_EQ(CutToWidth("abcdef", 3), "abc");
  EXPECT_EQ(CutToWidth("abc", 3), "abc");
  EXPECT_EQ(CutToWidth("äöü", 2), "äö");
  EXPECT_EQ(CutToWidth("abc", 0), "");
  EXPECT_EQ(CutToWidth("\x1b[31mabc\x1b[0mdef", 4), "\x1b[31mabc\x1b[0md");
  EXPECT_EQ(CutToWidth("\x1b[31mabc\x1b[0mdef", 2), "\x1b[31mab\x1b[0m");
}

}  // namespace
}  // namespace nftsvc::cli
