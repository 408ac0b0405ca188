// SPDX-License-Identifier: Apache-2.0
//
// Hands every seed of a fuzz target to it, and what is left of each when it is cut short.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

std::vector<std::filesystem::path> Seeds() {
  const std::filesystem::directory_iterator entries(NFTSVC_SEEDS);
  std::vector<std::filesystem::path> seeds(begin(entries), end(entries));
  std::sort(seeds.begin(), seeds.end());
  return seeds;
}

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in) << path;
  std::ostringstream text;
  text << in.rdbuf();
  return std::move(text).str();
}

// A copy of its own, so that a sanitizer sees a read beyond the end.
void Feed(const std::string& bytes, size_t size) {
  const std::vector<uint8_t> input(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(size));
  EXPECT_EQ(LLVMFuzzerTestOneInput(input.data(), input.size()), 0);
}

TEST(SeedsTest, EverySeedHolds) {
  const std::vector<std::filesystem::path> seeds = Seeds();
  EXPECT_FALSE(seeds.empty());
  for (const std::filesystem::path& seed : seeds) {
    SCOPED_TRACE(seed.filename());
    const std::string bytes = ReadFile(seed);
    Feed(bytes, bytes.size());
  }
}

TEST(SeedsTest, EverySeedHoldsCutShort) {
  constexpr size_t kMostCuts = 200;
  for (const std::filesystem::path& seed : Seeds()) {
    SCOPED_TRACE(seed.filename());
    const std::string bytes = ReadFile(seed);
    const size_t step = bytes.size() / kMostCuts + 1;
    for (size_t size = 0; size < bytes.size(); size += step) Feed(bytes, size);
  }
}

}  // namespace
