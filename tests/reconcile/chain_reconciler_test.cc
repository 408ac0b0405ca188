// SPDX-License-Identifier: Apache-2.0
#include "src/reconcile/chain_reconciler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/reconcile/chain_loop.h"

namespace nftsvc::reconcile {
namespace {

using ::testing::AnyOf;
using testing::ChainLoop;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::WebAt;

model::Service MaglevWeb() {
  model::Service web = WebAt({"10.0.0.2:80"});
  web.ports[0].balancing = model::Balancing::kMaglev;
  return web;
}

TEST(ChainReconcilerTest, APushIsInTheChainsAndSavedWhenItReturns) {
  ChainLoop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  const auto report = loop.Push(WebAt({"10.0.0.2:80", "10.0.0.3:80"}));
  ASSERT_EQ(report.status(), absl::OkStatus());
  EXPECT_EQ(report->revision, 1U);
  EXPECT_EQ(report->added, 1U);
  EXPECT_EQ(report->commands.lines.size(), report->operations);
  EXPECT_TRUE(loop.Has("KUBE-SERVICES", "default/web cluster IP"));
  EXPECT_TRUE(loop->health().in_sync);
  EXPECT_EQ(loop.state.revision, 1U);
  EXPECT_THAT(loop->Verify()->lines, IsEmpty());
}

TEST(ChainReconcilerTest, ARestartOverTheSameChainsWritesNothing) {
  ChainLoop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  ASSERT_TRUE(loop.Push(WebAt({"10.0.0.2:80", "10.0.0.3:80"})).ok());
  const size_t writes = loop.chains.restored.size();
  loop.Restart();
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  EXPECT_EQ(loop.chains.restored.size(), writes);
  EXPECT_EQ(loop->health().commits, 0U);
  EXPECT_EQ(loop->revision(), 1U);
}

TEST(ChainReconcilerTest, APreviewSaysWhatAPushDoesAndChangesNothing) {
  ChainLoop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  const size_t writes = loop.chains.restored.size();
  const std::vector<model::ServiceChange> changes = {
      testing::Upsert(loop->snapshot(), WebAt({"10.0.0.2:80"}))};
  const auto preview = loop->Preview(changes);
  ASSERT_EQ(preview.status(), absl::OkStatus());
  EXPECT_EQ(loop.chains.restored.size(), writes);
  EXPECT_THAT(loop->snapshot().services(), IsEmpty());
  EXPECT_EQ(loop.Push(changes)->commands.lines, preview->commands.lines);
}

TEST(ChainReconcilerTest, DriftIsFoundAndRepaired) {
  ChainLoop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  ASSERT_TRUE(loop.Push(WebAt({"10.0.0.2:80"})).ok());
  const auto before = loop.chains.tables;
  for (auto& table : loop.chains.tables[0]) {
    for (iptables::Chain& chain : table) chain.rules.clear();
  }
  loop.PollWhenDue();
  EXPECT_EQ(loop->health().drift_repairs, 1U);
  EXPECT_THAT(loop->health().last_drift, HasSubstr("ip filter: "));
  EXPECT_EQ(loop.chains.tables, before);
  loop.PollWhenDue();
  EXPECT_EQ(loop->health().drift_repairs, 1U);
}

TEST(ChainReconcilerTest, WhatIptablesCannotSayIsFoundBeforeItIsPushed) {
  ChainLoop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  const model::Issues issues =
      loop->FindUnsupported({testing::Upsert(loop->snapshot(), MaglevWeb())});
  ASSERT_EQ(issues.size(), 1U);
  EXPECT_EQ(issues[0].service, "default/web");
  EXPECT_THAT(loop->FindUnsupported({testing::Upsert(loop->snapshot(), WebAt({"10.0.0.2:80"}))}),
              IsEmpty());
}

TEST(ChainReconcilerTest, DoesNotStartWithServicesThatIptablesCannotForward) {
  ChainLoop loop;
  const model::Snapshot nothing;
  const absl::Status started = loop->Start(7, {testing::Upsert(nothing, MaglevWeb())});
  EXPECT_TRUE(absl::IsFailedPrecondition(started));
  EXPECT_THAT(std::string(started.message()), HasSubstr("MAGLEV"));
  EXPECT_THAT(loop.chains.restored, IsEmpty());
}

TEST(ChainReconcilerTest, ChainsOfAKubeProxyStayUntilTheFirstPush) {
  ChainLoop loop;
  loop.chains.tables[0][1] = {{"KUBE-SERVICES", {{"-j", "KUBE-SVC-AAAAAAAAAAAAAAAA"}}},
                              {"KUBE-SVC-AAAAAAAAAAAAAAAA", {}}};
  const auto before = loop.chains.tables;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  loop.PollWhenDue();
  EXPECT_EQ(loop.chains.tables, before);
  EXPECT_FALSE(loop->health().in_sync);
  ASSERT_TRUE(loop.Push(WebAt({"10.0.0.2:80"})).ok());
  EXPECT_TRUE(loop->health().in_sync);
  EXPECT_FALSE(loop.Has("KUBE-SERVICES", "KUBE-SVC-AAAAAAAAAAAAAAAA"));
}

TEST(ChainReconcilerTest, OurOwnChainsDoNotWaitForAPush) {
  ChainLoop loop;
  loop.chains.may_hold_ours = true;
  loop.chains.tables[0][1] = {{"KUBE-SERVICES", {{"-j", "KUBE-SVC-AAAAAAAAAAAAAAAA"}}},
                              {"KUBE-SVC-AAAAAAAAAAAAAAAA", {}}};
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  EXPECT_TRUE(loop->health().in_sync);
  EXPECT_FALSE(loop.Has("KUBE-SERVICES", "KUBE-SVC-AAAAAAAAAAAAAAAA"));
}

TEST(ChainReconcilerTest, OtherSettingsAreEnforced) {
  ChainLoop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  ASSERT_TRUE(loop.Push(WebAt({"10.0.0.2:80"})).ok());
  Settings settings = loop->settings();
  settings.host.masquerade_all = true;
  ASSERT_EQ(loop->Reconfigure(settings), absl::OkStatus());
  EXPECT_THAT(loop->Verify()->lines, IsEmpty());
  const size_t writes = loop.chains.restored.size();
  ASSERT_EQ(loop->Reconfigure(settings), absl::OkStatus());
  EXPECT_EQ(loop.chains.restored.size(), writes);
}

TEST(ChainReconcilerTest, LooksAlthoughTheClockWasSetBack) {
  ChainLoop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  ASSERT_TRUE(loop.Push(WebAt({"10.0.0.2:80"})).ok());
  loop.PollWhenDue();
  loop.now -= absl::Hours(1);
  loop.chains.tables = {};
  loop->Poll();
  EXPECT_EQ(loop->health().drift_repairs, 1U);
}

TEST(ChainReconcilerTest, LooksLessOftenThanReadingTakes) {
  ChainLoop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  loop.chains.on_read = [&loop] { loop.now += absl::Seconds(2); };
  loop.PollWhenDue();
  EXPECT_GE(loop->next_poll() - loop.now, absl::Seconds(50));
}

}  // namespace
}  // namespace nftsvc::reconcile
