// SPDX-License-Identifier: Apache-2.0
#include "src/base/shrink.h"

#include <gtest/gtest.h>

#include "absl/container/flat_hash_map.h"

namespace nftsvc::base {
namespace {

TEST(ShrinkIfSparseTest, GivesBackWhatMostEntriesHaveLeft) {
  absl::flat_hash_map<int, int> map;
  for (int i = 0; i < 100'000; ++i) map[i] = i;
  const size_t full = map.capacity();
  ShrinkIfSparse(map);
  EXPECT_EQ(map.capacity(), full);
  for (int i = 100; i < 100'000; ++i) map.erase(i);
  ShrinkIfSparse(map);
  EXPECT_LT(map.capacity(), 1'000u);
  EXPECT_EQ(map.size(), 100u);
  EXPECT_EQ(map.at(99), 99);
}

TEST(ShrinkIfSparseTest, LeavesSmallOnesAlone) {
  absl::flat_hash_map<int, int> map;
  map.reserve(300);
  const size_t capacity = map.capacity();
  ShrinkIfSparse(map);
  EXPECT_EQ(map.capacity(), capacity);
}

}  // namespace
}  // namespace nftsvc::base
