// SPDX-License-Identifier: Apache-2.0
#include "src/base/printable.h"

#include "gtest/gtest.h"

namespace nftsvc::base {
namespace {

TEST(PrintableTest, LeavesPrintableAsciiAlone) {
  EXPECT_EQ(Printable("found \"}\" \\ ~"), "found \"}\" \\ ~");
  EXPECT_EQ(Printable(""), "");
}

TEST(PrintableTest, EscapesEveryOtherByte) {
  EXPECT_EQ(Printable("a\x02\x1b[K\x7f"), "a\\x02\\x1b[K\\x7f");
  EXPECT_EQ(Printable("\xd8 \xc3\xbc"), "\\xd8 \\xc3\\xbc");
}

}  // namespace
}  // namespace nftsvc::base
