// SPDX-License-Identifier: Apache-2.0
#include "src/wire/json_syntax.h"

#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

namespace nftsvc::wire {
namespace {

TEST(JsonSyntaxTest, TakesObjectsOfEveryKind) {
  const std::vector<std::string> kTexts = {
      "{}",
      " \t\r\n{ \n } \n",
      R"({"a":1,"b":-0,"c":1.5e+10,"d":2E-3,"e":0.0,"f":1e5})",
      R"({"a":true,"b":false,"c":null,"d":"","e":[],"f":[[],{}, [ 1 , 2 ]]})",
      R"({"a":"\"\\\/\b\f\n\r\t\u00fF ü"})",
      R"({"":{"":{"":0}}})",
  };
  for (const std::string& text : kTexts) {
    EXPECT_TRUE(CheckJsonSyntax(text).ok()) << text << ": " << CheckJsonSyntax(text);
  }
}

TEST(JsonSyntaxTest, SaysWhereItStumbles) {
  const std::vector<std::pair<std::string, std::string>> kCases = {
      {"", "line 1, column 1: expected '{'"},
      {"[1]", "line 1, column 1: expected '{'"},
      {"{", "line 1, column 2: expected a name in double quotes"},
      {"{a:1}", "line 1, column 2: expected a name in double quotes"},
      {"{'a':1}", "line 1, column 2: expected a name in double quotes"},
      {"{\"a\" 1}", "line 1, column 6: expected ':'"},
      {"{\n  \"a\": 1\n  \"b\": 2\n}", "line 3, column 3: expected ',' or '}'"},
      {"{\"a\":1,}", "line 1, column 8: expected a name in double quotes"},
      {"{\"a\":[1,]}", "line 1, column 9: expected a value"},
      {"{\"a\":[1 2]}", "line 1, column 9: expected ',' or ']'"},
      {"{\"a\":}", "line 1, column 6: expected a value"},
      {"{\"a\":nul}", "line 1, column 6: expected a value"},
      {"{\"a\":01}", "line 1, column 7: expected ',' or '}'"},
      {"{\"a\":+1}", "line 1, column 6: expected a value"},
      {"{\"a\":-}", "line 1, column 6: expected a value"},
      {"{\"a\":1.}", "line 1, column 8: expected a digit"},
      {"{\"a\":1e+}", "line 1, column 9: expected a digit"},
      {"{\"a\":.5}", "line 1, column 6: expected a value"},
      {"{\"a\":NaN}", "line 1, column 6: expected a value"},
      {"{\"a\":\"x", "line 1, column 8: expected a closing '\"'"},
      {"{\"a\":\"x\ny\"}", "line 1, column 8: a control character in a string"},
      {"{\"a\":\"\\x\"}", "line 1, column 8: an unknown escape in a string"},
      {"{\"a\":\"\\", "line 1, column 8: an unknown escape in a string"},
      {"{\"a\":\"\\u12g4\"}", "line 1, column 11: expected four hexadecimal digits"},
      {"{} x", "line 1, column 4: expected the end"},
      {"{}{}", "line 1, column 3: expected the end"},
      {std::string("{}\0", 3), "line 1, column 3: expected the end"},
  };
  for (const auto& [text, error] : kCases) {
    EXPECT_EQ(CheckJsonSyntax(text).message(), error) << text;
  }
}

TEST(JsonSyntaxTest, BoundsNesting) {
  const auto nested = [](int depth) {
    return "{\"a\":" + std::string(depth - 1, '[') + std::string(depth - 1, ']') + "}";
  };
  EXPECT_TRUE(CheckJsonSyntax(nested(64)).ok());
  EXPECT_EQ(CheckJsonSyntax(nested(65)).message(), "line 1, column 69: nested too deep");
  EXPECT_FALSE(CheckJsonSyntax(nested(1'000'000)).ok());
}

}  // namespace
}  // namespace nftsvc::wire
