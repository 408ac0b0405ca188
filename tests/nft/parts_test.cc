// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/nft/ruleset.h"

namespace nftsvc::nft {
namespace {

using ::testing::SizeIs;

Parts Sample(const std::string& name) {
  Parts parts;
  parts.elements.resize(2);
  parts.chains[0].push_back({.name = name, .hook = std::nullopt, .rules = {}});
  parts.affinity_maps[1].push_back({name, 1, {}});
  return parts;
}

TEST(PartsTest, AppendKeepsTheOrder) {
  Parts parts = Sample("a");
  parts.Append(Sample("b"));
  EXPECT_THAT(parts.elements, SizeIs(4));
  ASSERT_THAT(parts.chains[0], SizeIs(2));
  EXPECT_EQ(parts.chains[0][1].name, "b");
  ASSERT_THAT(parts.affinity_maps[1], SizeIs(2));
  EXPECT_EQ(parts.affinity_maps[1][1].name, "b");
}

TEST(PartsTest, ARulesetTakesChainsBehindThoseItHas) {
  Ruleset ruleset;
  ruleset.skeleton.chains[0].push_back({.name = "shared", .hook = std::nullopt, .rules = {}});
  ruleset.Add(Sample("own"));
  ASSERT_THAT(ruleset.skeleton.chains[0], SizeIs(2));
  EXPECT_EQ(ruleset.skeleton.chains[0][1].name, "own");
  EXPECT_THAT(ruleset.affinity_maps[1], SizeIs(1));
  EXPECT_THAT(ruleset.elements, SizeIs(2));
}

TEST(PartsTest, ARulesetReplacesElementsWhereTheyStand) {
  Ruleset ruleset;
  for (const uint8_t key : {3, 1, 2}) {
    ruleset.elements.emplace_back().id.key.Append({&key, 1});
  }
  Element other = ruleset.elements[1];
  other.comment = "other";
  ruleset.Replace({other});
  EXPECT_THAT(ruleset.elements, SizeIs(3));
  EXPECT_EQ(ruleset.elements[1], other);
  EXPECT_TRUE(ruleset.elements[0].comment.empty());
  EXPECT_TRUE(ruleset.elements[2].comment.empty());
}

}  // namespace
}  // namespace nftsvc::nft
