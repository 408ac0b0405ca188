// SPDX-License-Identifier: Apache-2.0
#include "src/base/suggest.h"

#include <gtest/gtest.h>

namespace nftsvc::base {
namespace {

std::string Suggested(absl::string_view word) {
  return Suggest(word, {"push", "list", "status", "compile"}).value_or("nothing");
}

TEST(SuggestTest, FindsTheNameThatASlipMeant) {
  EXPECT_EQ(Suggested("pish"), "push");   // replaced
  EXPECT_EQ(Suggested("pus"), "push");    // dropped
  EXPECT_EQ(Suggested("ppush"), "push");  // inserted
  EXPECT_EQ(Suggested("lsit"), "list");   // swapped
  EXPECT_EQ(Suggested("staturs"), "status");
  EXPECT_EQ(Suggested("stat"), "status");  // begun
}

TEST(SuggestTest, DoesNotGuessWildly) {
  EXPECT_EQ(Suggested("frobnicate"), "nothing");
  EXPECT_EQ(Suggested("p"), "nothing");
  EXPECT_EQ(Suggested(""), "nothing");
}

}  // namespace
}  // namespace nftsvc::base
