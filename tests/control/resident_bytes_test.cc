// SPDX-License-Identifier: Apache-2.0
#include "src/control/resident_bytes.h"

#include <gtest/gtest.h>

#include <vector>

namespace nftsvc::control {
namespace {

TEST(ResidentBytesTest, GrowsWithMemoryThatIsTouched) {
  constexpr size_t kSize = size_t{32} << 20;
  const uint64_t before = ResidentBytes();
  EXPECT_GT(before, 0u);
  const std::vector<char> touched(kSize, 'x');
  EXPECT_GE(ResidentBytes(), before + kSize / 2) << touched.size();
}

}  // namespace
}  // namespace nftsvc::control
