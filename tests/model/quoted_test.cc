// SPDX-License-Identifier: Apache-2.0
#include "src/model/quoted.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "src/model/utf8.h"

namespace nftsvc::model {
namespace {

TEST(QuotedTest, EscapesWhatATerminalWouldObey) {
  EXPECT_EQ(Quoted{"plain ü"}.ToString(), "\"plain ü\"");
  EXPECT_EQ(Quoted{""}.ToString(), "\"\"");
  EXPECT_EQ(Quoted{"a\"b\\c\n\033[31m\x7f"}.ToString(), "\"a\\\"b\\\\c\\n\\033[31m\\177\"");
  EXPECT_EQ(Quoted{"a\xc2\x9b"
                   "b"}
                .ToString(),
            "\"a\\302\\233b\"");
  EXPECT_EQ(Quoted{absl::string_view("a\0b", 3)}.ToString(), "\"a\\000b\"");
}

TEST(QuotedTest, EscapesWhatIsNotUtf8) {
  EXPECT_EQ(Quoted{"a\xff\xc3\xbc"}.ToString(), "\"a\\377\\303\\274\"");
}

TEST(QuotedTest, CutsLongTextsBetweenCharacters) {
  EXPECT_EQ(Quoted{std::string(64, 'x')}.ToString(),
            absl::StrCat("\"", std::string(64, 'x'), "\""));
  EXPECT_EQ(Quoted{std::string(65, 'x')}.ToString(),
            absl::StrCat("\"", std::string(64, 'x'), "…\""));
  EXPECT_EQ(Quoted{std::string(63, 'x') + "üüü"}.ToString(),
            absl::StrCat("\"", std::string(63, 'x'), "…\""));
  EXPECT_EQ(Quoted{std::string(100, '\xbc')}.ToString(), "\"…\"");
}

TEST(QuotedTest, IsUtf8WhateverTheText) {
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      const std::string text = {static_cast<char>(first), static_cast<char>(second)};
      EXPECT_TRUE(IsUtf8(Quoted{text}.ToString())) << first << " " << second;
    }
  }
}

}  // namespace
}  // namespace nftsvc::model
