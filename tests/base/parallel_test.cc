// SPDX-License-Identifier: Apache-2.0
#include "src/base/parallel.h"

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

#include "src/base/shared_text.h"

namespace nftsvc::base {
namespace {

TEST(PartsForTest, NoPartHasTooLittle) {
  EXPECT_EQ(PartsFor(0, 10), 1u);
  EXPECT_EQ(PartsFor(19, 10), 1u);
  EXPECT_LE(PartsFor(20, 10), 2u);
  EXPECT_LE(PartsFor(1'000'000, 10), 8u);
  EXPECT_GE(PartsFor(1'000'000, 0), 1u);
}

TEST(InPartsTest, EachThingIsDoneOnceAndPartsFollowOnEachOther) {
  for (size_t parts = 1; parts <= 8; ++parts) {
    for (const size_t count : {size_t{0}, size_t{1}, size_t{7}, size_t{1'000}}) {
      std::vector<int> done(count);
      std::vector<std::pair<size_t, size_t>> ranges(parts);
      InParts(parts, count, [&](size_t part, size_t begin, size_t end) {
        ranges[part] = {begin, end};
        for (size_t i = begin; i < end; ++i) ++done[i];
      });
      EXPECT_EQ(std::accumulate(done.begin(), done.end(), size_t{0}), count);
      EXPECT_EQ(std::count(done.begin(), done.end(), 1), static_cast<ptrdiff_t>(count));
      EXPECT_EQ(ranges.front().first, 0u);
      EXPECT_EQ(ranges.back().second, count);
      for (size_t i = 1; i < parts; ++i) EXPECT_EQ(ranges[i].first, ranges[i - 1].second);
    }
  }
}

// What the thread sanitizer looks at.
TEST(InPartsTest, PartsMayShareTexts) {
  const SharedText text("node-a");
  std::vector<SharedText> copies(1'000);
  InParts(4, copies.size(), [&](size_t, size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i) copies[i] = text;
    for (size_t i = begin; i + 1 < end; i += 2) copies[i] = SharedText();
  });
  EXPECT_EQ(copies[999], text);
}

}  // namespace
}  // namespace nftsvc::base
