// SPDX-License-Identifier: Apache-2.0
#include "src/model/proposals.h"

#include "gtest/gtest.h"
#include "tests/model/drafts.h"

namespace nftsvc::model {
namespace {

TEST(ProposalsTest, FindsByNameWhatWasAddedFirst) {
  Proposals proposals;
  EXPECT_EQ(proposals.Add({.path = "0", .after = WebService("a", {"10.0.0.1"})}), Proposals::kNone);
  EXPECT_EQ(proposals.Add({.path = "1", .before = WebService("b", {"10.0.0.2"})}),
            Proposals::kNone);
  EXPECT_EQ(proposals.Add({.path = "2", .after = WebService("a", {"10.0.0.3"})}), 0u);
  EXPECT_EQ(proposals.size(), 3u);
  EXPECT_EQ(proposals.Find({"", "a"}), 0u);
  EXPECT_EQ(proposals.Find({"", "b"}), 1u);
  EXPECT_EQ(proposals.Find({"", "c"}), Proposals::kNone);
  EXPECT_EQ(proposals[2].path, "2");
}

TEST(ProposalsTest, NamesThatCannotBeReadAreNotTheSame) {
  Proposals proposals;
  EXPECT_EQ(proposals.Add({.path = "0", .after = WebService("", {"10.0.0.1"})}), Proposals::kNone);
  EXPECT_EQ(proposals.Add({.path = "1", .after = WebService("", {"10.0.0.1"})}), Proposals::kNone);
  EXPECT_EQ(proposals.Find({"", ""}), Proposals::kNone);
}

}  // namespace
}  // namespace nftsvc::model
