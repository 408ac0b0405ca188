// SPDX-License-Identifier: Apache-2.0
#include "src/config/text_locations.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nftsvc/v1/config.pb.h"

namespace nftsvc::config {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(LocatedTextTest, ReadsTheMessage) {
  v1::Config message;
  const LocatedText text("node { name: 'a' }", "file", message);
  EXPECT_THAT(text.syntax_mistakes(), IsEmpty());
  EXPECT_EQ(message.node().name(), "a");
}

TEST(LocatedTextTest, SyntaxIsToldWithLineAndColumnAsEditorsCountThem) {
  v1::Config message;
  const LocatedText text("node {\n  name: }", "file", message);
  EXPECT_THAT(text.syntax_mistakes(), ElementsAre("file:2:9: Expected string, got: }"));
}

TEST(LocatedTextTest, WhatIsFoundIsToldWhateverByteItIs) {
  v1::Config message;
  const LocatedText text("node\xd8{", "file", message);
  EXPECT_THAT(text.syntax_mistakes(), ElementsAre("file:1:5: Interpreting non ascii codepoint 216.",
                                                  "file:1:5: Expected \"{\", found \"\\xd8\"."));
}

TEST(LocatedTextTest, ValuesAreToldWithThePlaceOfTheirField) {
  v1::Config message;
  const LocatedText text("layout: FLAT\nnode {\n  name: 'a'\n  addresses: 'x'\n  addresses: 'y'\n}",
                         "file", message);
  ASSERT_THAT(text.syntax_mistakes(), IsEmpty());
  EXPECT_EQ(text.Mistake("layout", "is flat"), "file:1:1: layout: is flat");
  EXPECT_EQ(text.Mistake("node", "is a"), "file:2:1: node: is a");
  EXPECT_EQ(text.Mistake("node.name", "is a"), "file:3:3: node.name: is a");
  EXPECT_EQ(text.Mistake("node.addresses", "are two"), "file:4:3: node.addresses: are two");
  EXPECT_EQ(text.Mistake("node.addresses[0]", "is x"), "file:4:3: node.addresses[0]: is x");
  EXPECT_EQ(text.Mistake("node.addresses[1]", "is y"), "file:5:3: node.addresses[1]: is y");
}

TEST(LocatedTextTest, AListInBracketsIsOnePlace) {
  v1::Config message;
  const LocatedText text("node {\n  addresses: ['x',\n    'y'] }", "file", message);
  EXPECT_EQ(text.Mistake("node.addresses[0]", "is x"), "file:2:3: node.addresses[0]: is x");
  EXPECT_EQ(text.Mistake("node.addresses[1]", "is y"), "file:2:3: node.addresses[1]: is y");
}

TEST(LocatedTextTest, WhatAMessageLacksIsAtItsBeginning) {
  v1::Config message;
  const LocatedText text("\n  node { name: 'a' }", "file", message);
  EXPECT_EQ(text.Mistake("node.zone", "is needed"), "file:2:3: node.zone: is needed");
}

TEST(LocatedTextTest, WhatTheTextDoesNotSayHasNoPlace) {
  v1::Config message;
  const LocatedText text("", "file", message);
  EXPECT_EQ(text.Mistake("limits.max_clients", "is unset"), "file: limits.max_clients: is unset");
}

}  // namespace
}  // namespace nftsvc::config
