// SPDX-License-Identifier: Apache-2.0
#include "src/model/placement_pool.h"

#include "gtest/gtest.h"

namespace nftsvc::model {
namespace {

TEST(PlacementPoolTest, EqualPlacementsBecomeOne) {
  PlacementPool pool;
  const SharedPlacement a = pool.Share({.node = "n", .zone_hints = {"z"}});
  const SharedPlacement b = pool.Share({.node = "n", .zone_hints = {"z"}});
  const SharedPlacement other = pool.Share({.node = "n", .node_hints = {"z"}});
  EXPECT_EQ(&*a, &*b);
  EXPECT_NE(&*a, &*other);
  EXPECT_EQ(other->node_hints, std::vector<std::string>{"z"});
}

TEST(PlacementPoolTest, AnEmptyPlacementIsTheDefault) {
  PlacementPool pool;
  const SharedPlacement none;
  EXPECT_EQ(&*pool.Share({}), &*none);
}

}  // namespace
}  // namespace nftsvc::model
