// SPDX-License-Identifier: Apache-2.0
#include "src/model/proposals.h"

#include "gtest/gtest.h"
#include "tests/model/drafts.h"

namespace nftsvc::model {
namespace {

TEST(ProposalsTest, AreInTheOrderInWhichTheyCameAndFoundByName) {
  Proposals proposals;
  EXPECT_EQ(proposals.Find({"", "a"}), Proposals::kNone);
  for (const char* name : {"b", "a", "c"}) {
    proposals.Add({.path = name, .after = WebService(name, {"10.0.0.1"})});
  }
  ASSERT_EQ(proposals.size(), 3u);
  EXPECT_EQ(proposals[0].path, "b");
  EXPECT_EQ(proposals[1].path, "a");
  EXPECT_EQ(proposals.Find({"", "a"}), 1u);
  EXPECT_EQ(proposals.Find({"", "c"}), 2u);
  EXPECT_EQ(proposals.Find({"a", ""}), Proposals::kNone);
}

TEST(ProposalTest, HasTheNameOfWhatItAddsOrRemoves) {
  const ServicePtr a = WebService("a", {"10.0.0.1"});
  EXPECT_EQ((Proposal{.path = "", .after = a}.name().name), "a");
  EXPECT_EQ((Proposal{.path = "", .before = a}.name().name), "a");
}

TEST(ProposalTest, IsUnchangedIfBothAreOneService) {
  const ServicePtr a = WebService("a", {"10.0.0.1"});
  EXPECT_TRUE((Proposal{.path = "", .before = a, .after = a}.unchanged()));
  EXPECT_FALSE((Proposal{.path = "", .before = a, .after = nullptr}.unchanged()));
  EXPECT_FALSE((Proposal{.path = "", .before = nullptr, .after = a}.unchanged()));
}

}  // namespace
}  // namespace nftsvc::model
