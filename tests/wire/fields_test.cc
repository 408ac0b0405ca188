// SPDX-License-Identifier: Apache-2.0
//
// Tests of fields.cc. SplitServices, which is made of it, is fuzzed.
#include "src/wire/fields.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

namespace nftsvc::wire {
namespace {

using ::testing::ElementsAre;

TEST(FieldsTest, AreVisitedInOrder) {
  std::vector<std::string> seen;
  EXPECT_TRUE(ForEachField("\x0a\x02hi\x10\x07\x12\x01x", [&](const Field& field) {
    seen.push_back(absl::StrCat(field.number, field.has_body ? "=" : "", field.body, " of ",
                                field.whole.size()));
    return true;
  }));
  EXPECT_THAT(seen, ElementsAre("1=hi of 4", "2 of 2", "2=x of 3"));
}

TEST(FieldsTest, AVisitMayEndIt) {
  int visits = 0;
  EXPECT_FALSE(ForEachField("\x10\x07\x10\x07", [&](const Field&) { return ++visits < 1; }));
  EXPECT_EQ(visits, 1);
}

TEST(FieldsTest, WhatIsNoMessageIsSaidToBeNone) {
  const auto any = [](const Field&) { return true; };
  EXPECT_TRUE(ForEachField("", any));
  for (const absl::string_view bytes : {"\x0a\x05hi", "\x0a", "\xff", "\x0f", "\x02\x01x"}) {
    EXPECT_FALSE(ForEachField(bytes, any)) << absl::StrCat(absl::Hex(bytes[0]));
  }
}

}  // namespace
}  // namespace nftsvc::wire
