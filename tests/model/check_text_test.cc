// SPDX-License-Identifier: Apache-2.0
#include "src/model/check_text.h"

#include <string>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/model/drafts.h"

namespace nftsvc::model {
namespace {

using ::testing::ElementsAre;

bool Allows(const TextRule& rule, absl::string_view text) {
  IssueCollector issues;
  const bool allowed = CheckText(text, rule, Path("p"), issues);
  EXPECT_EQ(issues.count(), allowed ? 0u : 1u) << text;
  return allowed;
}

std::string AllowedBytes(const TextRule& rule) {
  std::string allowed;
  for (char c = 1; c > 0 && c < 127; ++c) {
    if (Allows(rule, {&c, 1})) allowed += c;
  }
  return allowed;
}

TEST(CheckTextTest, NamesHaveTheBytesThatTheProtocolSays) {
  const std::string digits = "0123456789";
  const std::string upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  const std::string lower = "abcdefghijklmnopqrstuvwxyz";
  EXPECT_EQ(AllowedBytes(kNamespaceRule), "-." + digits + lower);
  EXPECT_EQ(AllowedBytes(kServiceNameRule), "-." + digits + upper + "_" + lower);
  EXPECT_EQ(AllowedBytes(kPortNameRule), "-" + digits + lower);
}

TEST(CheckTextTest, TextsForPeopleHaveAllThatCanBePrinted) {
  std::string printable;
  for (char c = ' '; c < 127; ++c) printable += c;
  EXPECT_EQ(AllowedBytes(kLabelRule), printable);
  std::erase(printable, '"');
  std::erase(printable, '\\');
  EXPECT_EQ(AllowedBytes(kEndpointTextRule), printable);
}

TEST(CheckTextTest, OnlyTextsForPeopleHaveMoreThanAscii) {
  for (const TextRule* rule : {&kLabelRule, &kEndpointTextRule}) {
    EXPECT_TRUE(Allows(*rule, "ü字\xf0\x9f\x8e\x89"));
    EXPECT_FALSE(Allows(*rule, "\xff"));
    EXPECT_FALSE(Allows(*rule, "a\xc2\x9b"));
  }
  for (const TextRule* rule : {&kNamespaceRule, &kServiceNameRule, &kPortNameRule}) {
    EXPECT_FALSE(Allows(*rule, "ü"));
  }
}

TEST(CheckTextTest, EveryRuleAllowsItsLengthAndNothing) {
  for (const TextRule* rule :
       {&kNamespaceRule, &kServiceNameRule, &kPortNameRule, &kLabelRule, &kEndpointTextRule}) {
    EXPECT_TRUE(Allows(*rule, ""));
    EXPECT_TRUE(Allows(*rule, std::string(rule->most_bytes, 'a')));
    EXPECT_FALSE(Allows(*rule, std::string(rule->most_bytes + 1, 'a')));
  }
}

TEST(CheckTextTest, RefusesAZeroByte) {
  EXPECT_FALSE(Allows(kLabelRule, absl::string_view("a\0", 2)));
}

TEST(CheckCountTest, SaysHowManyAreAllowed) {
  IssueCollector issues;
  EXPECT_TRUE(CheckCount(3, 3, Path("ports"), issues));
  EXPECT_FALSE(CheckCount(4, 3, Path("ports"), issues));
  EXPECT_THAT(Printed(std::move(issues).Take()),
              ElementsAre("ports: 4 are too many, at most 3 are allowed"));
}

}  // namespace
}  // namespace nftsvc::model
