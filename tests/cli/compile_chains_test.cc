// SPDX-License-Identifier: Apache-2.0
#include "src/cli/compile_chains.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/iptables/compile.h"

namespace nftsvc::cli {
namespace {

using base::Family;
using ::testing::HasSubstr;

TEST(CompileChainsTest, ALayoutOfNftIsRefused) {
  EXPECT_EQ(FindUnsupportedByIptables({}, {}), model::Issues());
  nft::CompileOptions options;
  options.layout = nft::Layout::kVerdictMaps;
  const model::Issues issues = FindUnsupportedByIptables({}, options);
  ASSERT_EQ(issues.size(), 1U);
  EXPECT_EQ(issues[0].path, "layout");
  EXPECT_THAT(issues[0].message, HasSubstr("VERDICT_MAPS"));
}

TEST(CompileChainsTest, TheDaemonsOptionsAreTheChains) {
  EXPECT_EQ(iptables::Print(
                CompileForIptables({}, Family::kIPv4, {.mark_bits = 0x80, .fully_random = false})),
            iptables::Print(
                iptables::Compile({}, Family::kIPv4, {.mark_bits = 0x80, .fully_random = false})));
}

}  // namespace
}  // namespace nftsvc::cli
