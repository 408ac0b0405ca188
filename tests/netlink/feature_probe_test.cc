// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/feature_probe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/netlink/net_namespace.h"
#include "tests/netlink/nft_command.h"

namespace nftsvc::netlink {
namespace {

class FeatureProbeTest : public KernelTest {};

// The kernels that this is tested on have everything: our rules are tested there too.
TEST_F(FeatureProbeTest, FindsNothingMissingHere) {
  const auto missing = FindMissingFeatures();
  ASSERT_TRUE(missing.ok()) << missing.status();
  EXPECT_THAT(*missing, ::testing::IsEmpty());
}

TEST_F(FeatureProbeTest, ChangesNothing) {
  Load("table ip theirs { chain c { type filter hook input priority 0; }; }");
  const std::string before = Nft("list ruleset");
  const auto generation = Now();
  ASSERT_TRUE(FindMissingFeatures().ok());
  EXPECT_EQ(Now(), generation);
  EXPECT_EQ(Nft("list ruleset"), before);
}

TEST_F(FeatureProbeTest, WithoutTheRightToAskItSaysSo) {
  const auto ask = []() -> std::string {
    if (setuid(65534) != 0) return "cannot become nobody";
    return absl::IsPermissionDenied(FindMissingFeatures().status()) ? "denied" : "allowed";
  };
  EXPECT_EQ(InChild(ask), "denied");
}

}  // namespace
}  // namespace nftsvc::netlink
