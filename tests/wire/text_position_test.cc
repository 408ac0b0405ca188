// SPDX-License-Identifier: Apache-2.0
#include "src/wire/text_position.h"

#include "gtest/gtest.h"

namespace nftsvc::wire {
namespace {

TEST(TextPositionTest, CountsLinesAndBytesFromOne) {
  const absl::string_view text = "ab\ncd\n\nx";
  EXPECT_EQ(TextPosition(text, 0), "line 1, column 1");
  EXPECT_EQ(TextPosition(text, 2), "line 1, column 3");
  EXPECT_EQ(TextPosition(text, 3), "line 2, column 1");
  EXPECT_EQ(TextPosition(text, 4), "line 2, column 2");
  EXPECT_EQ(TextPosition(text, 6), "line 3, column 1");
  EXPECT_EQ(TextPosition(text, 7), "line 4, column 1");
  EXPECT_EQ(TextPosition(text, 8), "line 4, column 2");
  EXPECT_EQ(TextPosition("", 0), "line 1, column 1");
}

}  // namespace
}  // namespace nftsvc::wire
