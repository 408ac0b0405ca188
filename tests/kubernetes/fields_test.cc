// SPDX-License-Identifier: Apache-2.0
#include "src/kubernetes/fields.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/kubernetes/printed.h"

namespace nftsvc::kubernetes {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;

class FieldsTest : public ::testing::Test {
 protected:
  // One of each type, "null" included.
  const json json_ = json::parse(R"({
    "text": "x", "empty": "", "number": 80, "negative": -1, "fraction": 80.0, "huge": 18446744073709551616,
    "flag": true, "list": ["a", "b"], "objects": [{"n": 1}, {"n": 2}], "object": {"inner": {"n": 3}}, "nothing": null
  })");
  model::IssueCollector issues_;
  const Fields fields_{json_, "", issues_};

  std::string Issues() { return Print(std::move(issues_).Take()); }
};

TEST_F(FieldsTest, ReadsWhatIsThere) {
  EXPECT_EQ(fields_.Text("text"), "x");
  EXPECT_EQ(fields_.Number("number", 1, 80, 0), 80u);
  EXPECT_EQ(fields_.RequiredNumber("number", 80, 81), 80u);
  EXPECT_TRUE(fields_.Flag("flag", false));
  EXPECT_EQ(fields_.Count("list"), 2u);
  const Fields object = fields_.Object("object");
  EXPECT_EQ(object.Object("inner").Number("n", 0, 9, 0), 3u);
  EXPECT_EQ(Issues(), "");
}

TEST_F(FieldsTest, NullIsAbsent) {
  for (const char* name : {"nothing", "missing"}) {
    EXPECT_FALSE(fields_.Has(name));
    EXPECT_EQ(fields_.Text(name), "");
    EXPECT_EQ(fields_.Number(name, 1, 2, 7), 7u);
    EXPECT_TRUE(fields_.Flag(name, true));
    EXPECT_EQ(fields_.Choice(name, {"a", "b"}), 0u);
    EXPECT_EQ(fields_.Count(name), 0u);
    EXPECT_FALSE(fields_.Object(name).Has("n"));
    fields_.EachText(name, [](absl::string_view, const model::Path&) { FAIL(); });
    fields_.EachObject(name, [](const Fields&) { FAIL(); });
    fields_.Object(name).EachMember(
        [](absl::string_view, absl::string_view, const model::Path&) { FAIL(); });
  }
  EXPECT_EQ(Issues(), "");
}

TEST_F(FieldsTest, VisitsElementsInOrder) {
  std::vector<std::string> seen;
  fields_.EachText("list", [&](absl::string_view text, const model::Path& path) {
    seen.push_back(absl::StrCat(path.ToString(), "=", text));
  });
  fields_.EachObject("objects", [&](const Fields& element) {
    seen.push_back(absl::StrCat(element.path().ToString(), "=", element.Number("n", 0, 9, 0)));
  });
  EXPECT_THAT(seen, ElementsAre("list[0]=a", "list[1]=b", "objects[0]=1", "objects[1]=2"));
}

TEST_F(FieldsTest, VisitsMembersByName) {
  const json labels = json::parse(R"({"b": "2", "a": "1"})");
  std::vector<std::string> seen;
  Fields(labels, "", issues_)
      .EachMember([&](absl::string_view name, absl::string_view text, const model::Path&) {
        seen.push_back(absl::StrCat(name, "=", text));
      });
  EXPECT_THAT(seen, ElementsAre("a=1", "b=2"));
}

TEST_F(FieldsTest, AnotherTypeIsAnIssueAndReadsAsAbsent) {
  EXPECT_EQ(fields_.Text("number"), "");
  EXPECT_TRUE(fields_.Flag("text", true));
  EXPECT_FALSE(fields_.Object("list").Has("n"));
  fields_.EachText("text", [](absl::string_view, const model::Path&) { FAIL(); });
  fields_.EachText("objects", [](absl::string_view, const model::Path&) { FAIL(); });
  fields_.EachObject("list", [](const Fields&) { FAIL(); });
  fields_.Object("object").EachMember(
      [](absl::string_view, absl::string_view, const model::Path&) { FAIL(); });
  EXPECT_EQ(Issues(),
            "number: must be a text\n"
            "text: must be true or false\n"
            "list: must be an object\n"
            "text: must be a list\n"
            "objects[0]: must be a text\n"
            "objects[1]: must be a text\n"
            "list[0]: must be an object\n"
            "list[1]: must be an object\n"
            "object.inner: must be a text\n");
}

TEST_F(FieldsTest, NumbersAreWholeAndWithinBounds) {
  for (const char* name : {"negative", "fraction", "huge", "text", "nothing"}) {
    EXPECT_EQ(fields_.RequiredNumber(name, 1, 65535), 0u);
  }
  EXPECT_EQ(fields_.Number("number", 81, 90, 85), 0u);
  EXPECT_EQ(fields_.Number("number", 1, 79, 5), 0u);
  EXPECT_EQ(Issues(),
            "negative: must be a number from 1 to 65535\n"
            "fraction: must be a number from 1 to 65535\n"
            "huge: must be a number from 1 to 65535\n"
            "text: must be a number from 1 to 65535\n"
            "nothing: must be a number from 1 to 65535\n"
            "number: must be a number from 81 to 90\n"
            "number: must be a number from 1 to 79\n");
}

TEST_F(FieldsTest, AChoiceIsOneOfTheWords) {
  EXPECT_EQ(fields_.Choice("text", {"y", "x"}), 1u);
  EXPECT_EQ(fields_.Choice("empty", {"y", "x"}), 0u);
  EXPECT_EQ(fields_.Choice("text", {"X", "y"}), 0u);
  EXPECT_EQ(Issues(), "text: \"x\" is none of X, y\n");
}

TEST_F(FieldsTest, ATextMayHaveToObeyARule) {
  const json value = json::parse(R"({"good": "dns-tcp", "bad": "Dns"})");
  const Fields fields(value, "", issues_);
  EXPECT_EQ(fields.Text("good", model::kPortNameRule), "dns-tcp");
  EXPECT_EQ(fields.Text("bad", model::kPortNameRule), "");
  EXPECT_EQ(Issues(), "bad: \"Dns\" has a character other than a-z, 0-9 and '-'\n");
}

TEST_F(FieldsTest, WhatIsNoObjectHasNoFields) {
  const json value = 7;
  const Fields fields(value, "items[3]", issues_);
  EXPECT_FALSE(fields.Has("a"));
  EXPECT_EQ(Issues(), "items[3]: must be an object\n");
}

TEST_F(FieldsTest, PathsLeadThroughObjectsAndLists) {
  const json value = json::parse(R"({"spec": {"ports": [{}, {"port": "http"}]}})");
  const Fields fields(value, "", issues_);
  const Fields spec = fields.Object("spec");
  spec.EachObject("ports", [](const Fields& port) { port.Number("port", 1, 65535, 0); });
  EXPECT_EQ(Issues(), "spec.ports[1].port: must be a number from 1 to 65535\n");
}

TEST_F(FieldsTest, NamesFromTheInputAreMadePrintable) {
  const json value = json::parse(R"({"app": 1, "\u001b[31m": 2})");
  Fields(value, "", issues_)
      .EachMember([](absl::string_view, absl::string_view, const model::Path&) { FAIL(); });
  EXPECT_EQ(Issues(),
            "\"\\033[31m\": must be a text\n"
            "app: must be a text\n");
}

}  // namespace
}  // namespace nftsvc::kubernetes
