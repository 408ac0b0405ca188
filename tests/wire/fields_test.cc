// SPDX-License-Identifier: Apache-2.0
//
// Tests of fields.cc. SplitServices, which is made of it, is fuzzed.
#include "src/wire/fields.h"

#include <gmock/gmock.h>
#include <google/protobuf/unknown_field_set.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "tests/support/random.h"

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

// protobuf reads this as a tag of 32 bits, the last byte's upper ones left out: the field 2 of a
// service, and what is behind it.
TEST(FieldsTest, ATagBeyond32BitsIsNoField) {
  const std::string bytes("\x92\x80\x80\x80\x10\x03web", 9);
  EXPECT_FALSE(ForEachField(bytes, [](const Field&) { return true; }));
}

// Nothing is split off here that the parser behind it would read otherwise.
TEST(FieldsTest, AreThoseThatProtobufFinds) {
  testing::Random random(1);
  size_t messages = 0;
  for (int i = 0; i < 200'000; ++i) {
    // Tags and lengths that are small make messages likely.
    std::string bytes(random.Below(12), '\0');
    for (char& byte : bytes) byte = static_cast<char>(random.Below(random.OneIn(4) ? 256 : 24));
    std::vector<int> numbers;
    const bool is_message = ForEachField(bytes, [&](const Field& field) {
      numbers.push_back(field.number);
      return true;
    });
    if (!is_message) continue;
    ++messages;
    google::protobuf::UnknownFieldSet parsed;
    ASSERT_TRUE(parsed.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
        << absl::CHexEscape(bytes);
    std::vector<int> expected;
    for (int k = 0; k < parsed.field_count(); ++k) expected.push_back(parsed.field(k).number());
    ASSERT_EQ(numbers, expected) << absl::CHexEscape(bytes);
  }
  EXPECT_GT(messages, 1'000u);
}

}  // namespace
}  // namespace nftsvc::wire
