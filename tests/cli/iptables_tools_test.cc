// SPDX-License-Identifier: Apache-2.0
//
// With the kernel: in network namespaces of the tests' own, which is in
// tests/kernel/iptables_test.py but for this.
#include "src/cli/iptables_tools.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/cli/nft_check.h"
#include "src/iptables/compile.h"

namespace nftsvc::cli {
namespace {

using base::Family;
using ::testing::HasSubstr;

TEST(IptablesToolsTest, BothKindsTakeTheEmptyTablesInAPrivateNetwork) {
  ASSERT_EQ(EnterPrivateNetwork(), absl::OkStatus());
  for (const auto backend :
       {IptablesBackend::kDefault, IptablesBackend::kLegacy, IptablesBackend::kNft}) {
    for (const Family family : base::kFamilies) {
      const IptablesTools tools(family, backend);
      const std::string text = iptables::Print(CompileForIptables({}, family, {}));
      EXPECT_EQ(tools.Check(text), absl::OkStatus());
      EXPECT_EQ(tools.Save().status(), absl::OkStatus());
    }
  }
}

TEST(IptablesToolsTest, WhatTheProgramComplainsOfIsTold) {
  ASSERT_EQ(EnterPrivateNetwork(), absl::OkStatus());
  const absl::Status status =
      IptablesTools(Family::kIPv4, IptablesBackend::kNft).Check("*nat\nnonsense\nCOMMIT\n");
  EXPECT_THAT(std::string(status.message()), HasSubstr("iptables-nft-restore: exit"));
}

TEST(IptablesToolsTest, ALayoutOfNftIsRefused) {
  EXPECT_EQ(FindUnsupportedByIptables({}, {}), model::Issues());
  nft::CompileOptions options;
  options.layout = nft::Layout::kVerdictMaps;
  const model::Issues issues = FindUnsupportedByIptables({}, options);
  ASSERT_EQ(issues.size(), 1U);
  EXPECT_EQ(issues[0].path, "layout");
  EXPECT_THAT(issues[0].message, HasSubstr("VERDICT_MAPS"));
}

TEST(IptablesToolsTest, TheDaemonsOptionsAreTheChains) {
  EXPECT_EQ(iptables::Print(
                CompileForIptables({}, Family::kIPv4, {.mark_bits = 0x80, .fully_random = false})),
            iptables::Print(
                iptables::Compile({}, Family::kIPv4, {.mark_bits = 0x80, .fully_random = false})));
}

}  // namespace
}  // namespace nftsvc::cli
