// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/reconcile/chain_loop.h"

namespace nftsvc::reconcile {
namespace {

using testing::ChainLoop;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using testing::WebAt;

TEST(ChainTurnTest, APushReadsNothingAndWritesOnlyWhatItChanges) {
  ChainLoop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  model::Service api = WebAt({"10.0.0.9:80"});
  api.name = testing::Name("default/api");
  api.cluster_ips = {testing::Ip("10.96.0.9")};
  ASSERT_TRUE(loop.Push(api).ok());
  ASSERT_TRUE(loop.Push(WebAt({"10.0.0.2:80"})).ok());
  const int reads = loop.chains.reads;
  loop.chains.restored.clear();
  ASSERT_TRUE(loop.Push(WebAt({"10.0.0.2:80", "10.0.0.3:80"})).ok());
  EXPECT_EQ(loop.chains.reads, reads);
  ASSERT_THAT(loop.chains.restored, SizeIs(1));
  EXPECT_THAT(loop.chains.restored[0], HasSubstr("default/web"));
  EXPECT_THAT(loop.chains.restored[0], Not(HasSubstr("default/api")));
  EXPECT_THAT(loop.chains.restored[0], Not(HasSubstr("*filter")));
}

TEST(ChainTurnTest, DamagedChainsAreLookedAtWhenARestoreFails) {
  ChainLoop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  ASSERT_TRUE(loop.Push(WebAt({"10.0.0.2:80"})).ok());
  // What stays as it is leads to what is gone.
  std::erase_if(loop.chains.tables[0][1],
                [](const iptables::Chain& chain) { return chain.name == "KUBE-MARK-MASQ"; });
  ASSERT_TRUE(loop.Push(WebAt({"10.0.0.2:80", "10.0.0.3:80"})).ok());
  EXPECT_THAT(loop->Verify()->lines, IsEmpty());
}

TEST(ChainTurnTest, AFailureInTheSecondFamilyPutsTheFirstBack) {
  ChainLoop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  ASSERT_TRUE(loop.Push(WebAt({"10.0.0.2:80"})).ok());
  model::Service both = WebAt({"10.0.0.2:80", "10.0.0.3:80", "[fd00::2]:80"});
  both.cluster_ips.push_back(testing::Ip("fd00::1"));
  const auto before = loop.chains.tables;
  loop.chains.restore_failure[1] = absl::UnavailableError("ip6tables-restore: exit 4");
  const auto report = loop.Push(both);
  EXPECT_EQ(report.status(), loop.chains.restore_failure[1]);
  EXPECT_EQ(loop.chains.tables, before);
  EXPECT_EQ(loop->revision(), 1U);
  EXPECT_TRUE(loop->health().in_sync);

  loop.chains.restore_failure[1] = absl::OkStatus();
  ASSERT_TRUE(loop.Push(both).ok());
  EXPECT_THAT(loop->Verify()->lines, IsEmpty());
}

TEST(ChainTurnTest, WhatFailsIsTriedAgainUntilItWorks) {
  ChainLoop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  ASSERT_TRUE(loop.Push(WebAt({"10.0.0.2:80"})).ok());
  loop.chains.read_failure = absl::UnavailableError("iptables-save: exit 1");
  loop.PollWhenDue();
  EXPECT_FALSE(loop->health().in_sync);
  EXPECT_THAT(loop->health().problem, HasSubstr("iptables-save: exit 1; trying again"));
  loop.chains.tables = {};
  loop.chains.read_failure = absl::OkStatus();
  loop.PollWhenDue();
  EXPECT_TRUE(loop->health().in_sync);
  EXPECT_TRUE(loop.Has("KUBE-SERVICES", "default/web cluster IP"));
}

TEST(ChainTurnTest, APushWithoutChangesSucceedsOnlyWhenTheChainsAreThere) {
  ChainLoop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  ASSERT_TRUE(loop.Push(WebAt({"10.0.0.2:80"})).ok());
  loop.chains.read_failure = absl::UnavailableError("iptables-save: exit 1");
  loop.PollWhenDue();
  loop.chains.tables = {};
  EXPECT_EQ(loop.Push(std::vector<model::ServiceChange>()).status(), loop.chains.read_failure);
  loop.chains.read_failure = absl::OkStatus();
  EXPECT_TRUE(loop.Push(std::vector<model::ServiceChange>()).ok());
  EXPECT_TRUE(loop->health().in_sync);
  EXPECT_TRUE(loop.Has("KUBE-SERVICES", "default/web cluster IP"));
}

TEST(ChainTurnTest, ASlowRestoreIsWarnedOfOnce) {
  ChainLoop loop;
  loop.chains.on_restore = [&loop] { loop.now += absl::Seconds(3); };
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  EXPECT_THAT(loop.log, ::testing::Contains(HasSubstr("rules of iptables of a test")));
  loop.log.clear();
  ASSERT_TRUE(loop.Push(WebAt({"10.0.0.2:80"})).ok());
  EXPECT_THAT(loop.log, Not(::testing::Contains(HasSubstr("rules of"))));
}

}  // namespace
}  // namespace nftsvc::reconcile
