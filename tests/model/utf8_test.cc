// SPDX-License-Identifier: Apache-2.0
#include "src/model/utf8.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace nftsvc::model {
namespace {

// Of RFC 3629, section 4: the borders of every range.
TEST(Utf8Test, TakesEveryLengthUpToItsBorders) {
  for (const char* text :
       {"", "a", "\x01", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xec\xbf\xbf",
        "\xed\x80\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbf", "\xf0\x90\x80\x80",
        "\xf3\xbf\xbf\xbf", "\xf4\x8f\xbf\xbf", "a\xc3\xbc\xe2\x82\xac\xf0\x9f\x8e\x89z"}) {
    EXPECT_TRUE(IsUtf8(text)) << text;
  }
}

TEST(Utf8Test, RefusesLongFormsSurrogatesAndPieces) {
  const std::vector<std::string> kTexts = {
      "\x80",
      "\xbf",
      "\xc0\x80",
      "\xc1\xbf",
      "\xc2",
      "\xc2\x7f",
      "\xc2\xc0",
      "\xe0\x9f\xbf",
      "\xe0\xa0",
      "\xe1\x80\x7f",
      "\xed\xa0\x80",
      "\xed\xbf\xbf",
      "\xf0\x8f\xbf\xbf",
      "\xf0\x90\x80",
      "\xf1\x80\x80\xc0",
      "\xf4\x90\x80\x80",
      "\xf5\x80\x80\x80",
      "\xfe",
      "\xff",
      "ok\xe2\x82",
  };
  for (const std::string& text : kTexts) EXPECT_FALSE(IsUtf8(text)) << testing::PrintToString(text);
}

TEST(Utf8Test, FindsC1Controls) {
  EXPECT_TRUE(HasC1Control("a\xc2\x80"));
  EXPECT_TRUE(HasC1Control("\xc2\xa0\xc2\x9f"));
  EXPECT_FALSE(HasC1Control("\xc2\xa0"));
  EXPECT_FALSE(HasC1Control("\xc3\x80 plain"));
  EXPECT_FALSE(HasC1Control(""));
}

}  // namespace
}  // namespace nftsvc::model
