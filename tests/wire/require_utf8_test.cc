// SPDX-License-Identifier: Apache-2.0
#include "src/wire/require_utf8.h"

#include "gtest/gtest.h"

namespace nftsvc::wire {
namespace {

TEST(RequireUtf8Test, TakesTextOfAnyKind) {
  for (const char* text : {"", "\n\n", "plain\n", "ü\n字\n\xf0\x9f\x8e\x89"}) {
    EXPECT_TRUE(RequireUtf8(text).ok()) << text;
  }
}

TEST(RequireUtf8Test, NamesTheFirstBadLine) {
  EXPECT_EQ(RequireUtf8("ok\nü\n\xff\n\xfe").message(), "line 3: not UTF-8");
  EXPECT_EQ(RequireUtf8("\xc3\n\xbc").message(), "line 1: not UTF-8");
}

}  // namespace
}  // namespace nftsvc::wire
