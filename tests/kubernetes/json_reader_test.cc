// SPDX-License-Identifier: Apache-2.0
#include "src/kubernetes/json_reader.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

namespace nftsvc::kubernetes {
namespace {

using nlohmann::json;

std::string Repeat(absl::string_view text, size_t times) {
  std::string result;
  for (size_t i = 0; i < times; ++i) absl::StrAppend(&result, text);
  return result;
}

// All documents: each head, its items numbered, or the failure that ends it.
std::string ReadJsonReaderJson(absl::string_view text) {
  std::string printed;
  JsonReader reader(text);
  while (!reader.AtEnd()) {
    const absl::StatusOr<JsonDocument> document = reader.ReadHead();
    if (!document.ok()) return absl::StrCat(printed, document.status().message());
    absl::StrAppend(&printed, document->head.dump());
    if (document->items == JsonDocument::Items::kOther) absl::StrAppend(&printed, " other");
    if (document->items == JsonDocument::Items::kList) {
      absl::StrAppend(&printed, " list");
      const absl::Status status = reader.ReadItems(*document, [&](size_t index, const json& item) {
        absl::StrAppend(&printed, " ", index, ":", item.dump());
      });
      if (!status.ok()) return absl::StrCat(printed, " ", status.message());
    }
    absl::StrAppend(&printed, "\n");
  }
  return printed;
}

TEST(JsonReaderTest, ReadsTheHeadAndThenItsItems) {
  EXPECT_EQ(
      ReadJsonReaderJson(R"({"items":[{"a":1},{"b":[2,3]}],"kind":"List","n":{"items":[4]}})"),
      R"({"kind":"List","n":{"items":[4]}} list 0:{"a":1} 1:{"b":[2,3]})"
      "\n");
}

TEST(JsonReaderTest, ReadsObjectsOneBehindTheOther) {
  EXPECT_EQ(ReadJsonReaderJson(" {\"a\":1}\n\t{\"items\":[5]}{}\r\n"),
            "{\"a\":1}\n"
            "{} list 0:5\n"
            "{}\n");
}

TEST(JsonReaderTest, ItemsMayBeAnything) {
  EXPECT_EQ(ReadJsonReaderJson(R"({"items":[1,"x",null,true,-2,1.5,[],[{"a":[]}],{}]})"),
            R"({} list 0:1 1:"x" 2:null 3:true 4:-2 5:1.5 6:[] 7:[{"a":[]}] 8:{})"
            "\n");
}

TEST(JsonReaderTest, NullIsAnEmptyListOfItems) {
  EXPECT_EQ(ReadJsonReaderJson(R"({"items":null})"), "{} list\n");
  EXPECT_EQ(ReadJsonReaderJson(R"({"items":[]})"), "{} list\n");
}

TEST(JsonReaderTest, ItemsThatAreNoListAreNotKept) {
  EXPECT_EQ(ReadJsonReaderJson(R"({"items":{"a":[1]},"b":2})"), "{\"b\":2} other\n");
  EXPECT_EQ(ReadJsonReaderJson(R"({"items":7})"), "{} other\n");
}

TEST(JsonReaderTest, ItemsFurtherInAreOrdinary) {
  EXPECT_EQ(ReadJsonReaderJson(R"({"a":{"items":[1]},"items":[{"items":[2]}],"b":[{"items":3}]})"),
            R"({"a":{"items":[1]},"b":[{"items":3}]} list 0:{"items":[2]})"
            "\n");
}

TEST(JsonReaderTest, AByteOrderMarkIsPassedOver) {
  EXPECT_EQ(ReadJsonReaderJson("\xef\xbb\xbf{\"a\":1}"), "{\"a\":1}\n");
}

TEST(JsonReaderTest, BlanksAreNothing) { EXPECT_EQ(ReadJsonReaderJson(" \n\t\r"), ""); }

TEST(JsonReaderTest, MistakesHaveLineAndColumn) {
  EXPECT_EQ(ReadJsonReaderJson("{\n  \"a\": 1,\n  \"b\" 2\n}"),
            "line 3, column 7: syntax error while parsing object separator - unexpected number "
            "literal; expected ':'");
  EXPECT_EQ(ReadJsonReaderJson("{\"a\": 1,}"),
            "line 1, column 9: syntax error while parsing object key - unexpected '}'; expected "
            "string literal");
  EXPECT_EQ(ReadJsonReaderJson("{\"a\":"),
            "line 1, column 6: syntax error while parsing value - unexpected end of input; "
            "expected '[', '{', or a literal");
  EXPECT_EQ(ReadJsonReaderJson("{} \n nonsense"),
            "{}\nline 2, column 3: syntax error while parsing value - invalid literal");
  EXPECT_EQ(ReadJsonReaderJson("{\"a\": \"\xff\"}"),
            "line 1, column 8: syntax error while parsing value - invalid string: ill-formed "
            "UTF-8 byte");
  EXPECT_EQ(ReadJsonReaderJson("{\"a\": 1e999}"),
            "line 1, column 11: number overflow parsing '1e999'");
}

TEST(JsonReaderTest, TheTokenThatIsWrongIsNotRepeated) {
  const std::string printed =
      ReadJsonReaderJson(absl::StrCat("{\"a\": \"", Repeat("long", 1000), "\n\"}"));
  EXPECT_EQ(printed,
            "line 1, column 4008: syntax error while parsing value - invalid string: control "
            "character U+000A (LF) must be escaped to \\u000A or \\n");
}

TEST(JsonReaderTest, SyntaxIsCheckedBeforeItemsAreVisited) {
  EXPECT_EQ(ReadJsonReaderJson("{\"items\":[{\"a\":1},{]}"),
            "line 1, column 20: syntax error while parsing object key - unexpected ']'; expected "
            "string literal");
}

TEST(JsonReaderTest, OnlyObjectsStandAtTheTop) {
  EXPECT_EQ(ReadJsonReaderJson("[]"), "line 1, column 1: expected an object");
  EXPECT_EQ(ReadJsonReaderJson("\n 17"), "line 2, column 3: expected an object");
  EXPECT_EQ(ReadJsonReaderJson("\"x\""), "line 1, column 3: expected an object");
  EXPECT_EQ(ReadJsonReaderJson("null"), "line 1, column 4: expected an object");
}

TEST(JsonReaderTest, ANameThatStandsTwiceIsAMistake) {
  EXPECT_EQ(ReadJsonReaderJson("{\"a\":1,\n\"a\":2}"),
            "line 2, column 3: the name a stands twice in one object");
  EXPECT_EQ(ReadJsonReaderJson("{\"items\":[],\"items\":[]}"),
            "line 1, column 19: the name items stands twice in one object");
  EXPECT_EQ(ReadJsonReaderJson("{\"items\":[{\"a\":{\"b\":1,\"b\":2}}]}"),
            "{} list line 1, column 25: the name b stands twice in one object");
}

TEST(JsonReaderTest, NestingIsBounded) {
  const int most = JsonReader::kMostNesting - 1;
  EXPECT_EQ(ReadJsonReaderJson(absl::StrCat("{\"a\":", Repeat("[", most), Repeat("]", most), "}")),
            absl::StrCat("{\"a\":", Repeat("[", most), Repeat("]", most), "}\n"));
  EXPECT_EQ(ReadJsonReaderJson(absl::StrCat("{\"a\":", Repeat("[", most + 1))),
            absl::StrCat("line 1, column ", 5 + most + 1, ": nested too deep"));
  EXPECT_EQ(ReadJsonReaderJson(absl::StrCat("{\"items\":", Repeat("{\"a\":", 100'000))),
            absl::StrCat("line 1, column ", 9 + 5 * most + 1, ": nested too deep"));
}

TEST(JsonReaderTest, TheSizeOfOneObjectIsBounded) {
  // The object and its list are values too.
  const std::string most = Repeat(",[]", JsonReader::kMostValues - 3);
  EXPECT_TRUE(JsonReader(absl::StrCat("{\"a\":[[]", most, "]}")).ReadHead().ok());
  EXPECT_EQ(ReadJsonReaderJson(absl::StrCat("{\"a\":[[]", most, ",[]]}")),
            absl::StrCat("line 1, column ", 11 + most.size(),
                         ": too large an object: no object of Kubernetes has that many values"));
}

TEST(JsonReaderTest, TheNumberOfItemsIsNot) {
  const std::string text =
      absl::StrCat("{\"items\":[[0]", Repeat(",[0]", JsonReader::kMostValues), "]}");
  JsonReader reader(text);
  const absl::StatusOr<JsonDocument> document = reader.ReadHead();
  ASSERT_TRUE(document.ok()) << document.status();
  size_t items = 0;
  EXPECT_TRUE(reader.ReadItems(*document, [&](size_t, const json&) { ++items; }).ok());
  EXPECT_EQ(items, JsonReader::kMostValues + 1);
}

}  // namespace
}  // namespace nftsvc::kubernetes
