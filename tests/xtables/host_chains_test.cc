// SPDX-License-Identifier: Apache-2.0
//
// In a network namespace of the tests' own.
#include "src/xtables/host_chains.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include <filesystem>

#include "absl/strings/str_cat.h"

namespace nftsvc::xtables {
namespace {

using base::Family;

class HostChainsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (unshare(CLONE_NEWNET) != 0) GTEST_SKIP() << "needs the right to make network namespaces";
    directory_ = absl::StrCat(::testing::TempDir(), "host_chains_test-", getpid());
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directory(directory_);
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::string directory_;
};

TEST_F(HostChainsTest, HoldsWhatIsRestored) {
  HostChains chains(directory_ + "/iptables");
  EXPECT_FALSE(chains.MayHoldOurs());
  for (const Family family : base::kFamilies) {
    const std::string text = "*nat\n:KUBE-TEST - [0:0]\n-A KUBE-TEST -j RETURN\nCOMMIT\n";
    ASSERT_EQ(chains.Restore(family, text), absl::OkStatus());
    const auto saved = chains.Read(family);
    ASSERT_EQ(saved.status(), absl::OkStatus());
    const iptables::Chain expected = {
        .name = "KUBE-TEST", .rules = {{"-j", "RETURN"}}, .packets = {0}};
    EXPECT_THAT((*saved)[static_cast<size_t>(iptables::TableId::kNat)],
                ::testing::Contains(expected));
  }
  EXPECT_THAT(chains.Describe(), ::testing::HasSubstr("iptables-restore v"));
}

TEST_F(HostChainsTest, WhoeverComesLaterKnowsThatChainsMayBeOurs) {
  const std::string marker = directory_ + "/iptables";
  ASSERT_FALSE(HostChains(marker).Restore(Family::kIPv4, "nonsense\n").ok());
  EXPECT_TRUE(HostChains(marker).MayHoldOurs());
  EXPECT_EQ(HostChains(marker).Forget(), absl::OkStatus());
  EXPECT_FALSE(HostChains(marker).MayHoldOurs());
  EXPECT_EQ(HostChains(marker).Forget(), absl::OkStatus());
}

TEST_F(HostChainsTest, WhatCannotBeRememberedIsNotRestored) {
  HostChains chains(directory_ + "/missing/iptables");
  const std::string text = "*nat\n:KUBE-TEST - [0:0]\nCOMMIT\n";
  EXPECT_FALSE(chains.Restore(Family::kIPv4, text).ok());
  const auto saved = chains.Read(Family::kIPv4);
  ASSERT_EQ(saved.status(), absl::OkStatus());
  for (const auto& table : *saved) {
    for (const iptables::Chain& chain : table) EXPECT_NE(chain.name, "KUBE-TEST");
  }
}

}  // namespace
}  // namespace nftsvc::xtables
