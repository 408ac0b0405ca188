// SPDX-License-Identifier: Apache-2.0
#include "src/reconcile/remove_chains.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/reconcile/chain_loop.h"

namespace nftsvc::reconcile {
namespace {

TEST(RemoveChainsTest, OursGoAndOthersStay) {
  testing::ChainLoop loop;
  const iptables::Chain docker = {"DOCKER", {{"-j", "RETURN"}}};
  const iptables::Chain output = {"OUTPUT", {{"-o", "lo", "-j", "DOCKER"}}};
  for (auto& family : loop.chains.tables) {
    for (auto& table : family) table = {output, docker};
  }
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  ASSERT_TRUE(loop.Push(testing::WebAt({"10.0.0.2:80"})).ok());
  ASSERT_TRUE(loop.chains.may_hold_ours);
  EXPECT_EQ(RemoveChains(loop.chains), absl::OkStatus());
  EXPECT_FALSE(loop.chains.may_hold_ours);
  for (const auto& family : loop.chains.tables) {
    for (const auto& table : family) {
      for (const iptables::Chain& chain : table) {
        if (chain == docker || chain == output) continue;
        EXPECT_THAT(chain.rules, ::testing::IsEmpty()) << chain.name;
        EXPECT_FALSE(chain.name.starts_with("KUBE-")) << chain.name;
      }
    }
  }
}

TEST(RemoveChainsTest, AFailureIsNotForgotten) {
  testing::ChainLoop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  loop.chains.restore_failure[1] = absl::UnavailableError("ip6tables-restore: exit 4");
  EXPECT_EQ(RemoveChains(loop.chains), loop.chains.restore_failure[1]);
  EXPECT_TRUE(loop.chains.may_hold_ours);
}

}  // namespace
}  // namespace nftsvc::reconcile
