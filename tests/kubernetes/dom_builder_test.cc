// SPDX-License-Identifier: Apache-2.0
#include "src/kubernetes/dom_builder.h"

#include <gtest/gtest.h>

namespace nftsvc::kubernetes {
namespace {

using nlohmann::json;

TEST(DomBuilderTest, BuildsWhatTheEventsSay) {
  DomBuilder builder;
  builder.Open(json::object());
  EXPECT_TRUE(builder.Name("a"));
  builder.Open(json::array());
  builder.Add(1);
  builder.Open(json::object());
  EXPECT_FALSE(builder.whole());
  builder.Close();
  builder.Add("x");
  builder.Close();
  EXPECT_TRUE(builder.Name("b"));
  builder.Add(nullptr);
  builder.Close();
  EXPECT_TRUE(builder.whole());
  EXPECT_EQ(builder.size(), 6u);
  EXPECT_EQ(builder.Take().dump(), R"({"a":[1,{},"x"],"b":null})");
}

TEST(DomBuilderTest, AScalarIsWholeAtOnce) {
  DomBuilder builder;
  builder.Add(7);
  EXPECT_TRUE(builder.whole());
  EXPECT_EQ(builder.Take(), json(7));
}

TEST(DomBuilderTest, TheNextValueBeginsAfterTake) {
  DomBuilder builder;
  builder.Add(1);
  builder.Take();
  EXPECT_EQ(builder.size(), 0u);
  builder.Open(json::array());
  builder.Close();
  EXPECT_EQ(builder.size(), 1u);
  EXPECT_EQ(builder.Take(), json::array());
}

TEST(DomBuilderTest, ANameThatIsTakenIsRefused) {
  DomBuilder builder;
  builder.Open(json::object());
  EXPECT_TRUE(builder.Name("a"));
  builder.Add(1);
  EXPECT_FALSE(builder.Name("a"));
}

TEST(DomBuilderTest, TheSameNameMayStandInAnotherObject) {
  DomBuilder builder;
  builder.Open(json::object());
  EXPECT_TRUE(builder.Name("a"));
  builder.Open(json::object());
  EXPECT_TRUE(builder.Name("a"));
}

}  // namespace
}  // namespace nftsvc::kubernetes
