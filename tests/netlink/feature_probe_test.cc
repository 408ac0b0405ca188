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

// The kernels that this is tested on have everything that nothing stands in for: our rules are
// tested there too.
TEST_F(FeatureProbeTest, FindsNothingMissingHere) {
  const auto features = ProbeFeatures();
  ASSERT_TRUE(features.ok()) << features.status();
  EXPECT_THAT(features->missing, ::testing::IsEmpty());
}

// nft is told by the kernel what the probe is told, on old kernels and new ones.
TEST_F(FeatureProbeTest, AgreesWithWhatTheKernelTakesFromNft) {
  const auto features = ProbeFeatures();
  ASSERT_TRUE(features.ok()) << features.status();
  const std::string refusal = Load(
      "table ip t { map m { type ipv4_addr : ipv4_addr; }; chain c { ip saddr @m accept; }; }");
  EXPECT_EQ(features->matches_maps, refusal.empty()) << refusal;
}

TEST_F(FeatureProbeTest, AgreesWithACommitOfAnExclusiveTable) {
  const auto features = ProbeFeatures();
  ASSERT_TRUE(features.ok()) << features.status();
  nft::Transaction transaction;
  transaction.operations.push_back(nft::AddTable{base::Family::kIPv4, /*exclusive=*/true});
  const std::string said = TryCommit(transaction);
  EXPECT_EQ(features->exclusive_tables, said == "OK") << said;
}

TEST_F(FeatureProbeTest, ChangesNothing) {
  Load("table ip theirs { chain c { type filter hook input priority 0; }; }");
  const std::string before = Nft("list ruleset");
  const auto generation = Now();
  ASSERT_TRUE(ProbeFeatures().ok());
  EXPECT_EQ(Now(), generation);
  EXPECT_EQ(Nft("list ruleset"), before);
}

TEST_F(FeatureProbeTest, WithoutTheRightToAskItSaysSo) {
  const auto ask = []() -> std::string {
    if (setuid(65534) != 0) return "cannot become nobody";
    return absl::IsPermissionDenied(ProbeFeatures().status()) ? "denied" : "allowed";
  };
  EXPECT_EQ(InChild(ask), "denied");
}

TEST(DescribeMissingTest, IsOneLineThatSaysWhatIsDoneInstead) {
  EXPECT_EQ(DescribeMissing({}), "");
  Features features;
  features.missing = {"kernel lacks nft_numgen (CONFIG_NFT_NUMGEN)",
                      "kernel lacks nft_fib (CONFIG_NFT_FIB_IPV4, CONFIG_NFT_FIB_IPV6)"};
  EXPECT_EQ(DescribeMissing(features),
            "kernel lacks nft_numgen (CONFIG_NFT_NUMGEN); nft_fib (CONFIG_NFT_FIB_IPV4, "
            "CONFIG_NFT_FIB_IPV6)");
  features = {};
  features.exclusive_tables = false;
  EXPECT_EQ(
      DescribeMissing(features),
      "kernel lacks tables that outlive their owner (Linux 6.9; table_ownership: EXCLUSIVE is "
      "as SHARED)");
  features.matches_maps = false;
  EXPECT_THAT(DescribeMissing(features),
              ::testing::AllOf(::testing::StartsWith("kernel lacks matches of maps (Linux 6.5;"),
                               ::testing::HasSubstr("; tables that outlive")));
}

}  // namespace
}  // namespace nftsvc::netlink
