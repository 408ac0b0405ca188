// SPDX-License-Identifier: Apache-2.0
#include "src/reconcile/mode_switch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/fake_chain_store.h"
#include "tests/support/loop.h"

namespace nftsvc::reconcile {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::WebAt;

Settings SettingsFor(Mode mode) {
  Settings settings = testing::SettingsOf(testing::NodeA());
  settings.mode = mode;
  return settings;
}

class ModeSwitchTest : public ::testing::Test {
 protected:
  ModeSwitch Make(Mode mode) {
    return ModeSwitch(
        {.kernel = kernel_, .chains = chains_, .flows = flows_, .state = state_}, SettingsFor(mode),
        [this] { return now_; },
        [this](base::Severity, absl::string_view line) { log_.emplace_back(line); });
  }

  bool HasTables() const { return kernel_.tables().tables[0] || kernel_.tables().tables[1]; }

  bool HasChains() const {
    for (const auto& family : chains_.tables) {
      for (const auto& table : family) {
        for (const iptables::Chain& chain : table) {
          if (!chain.rules.empty()) return true;
        }
      }
    }
    return false;
  }

  absl::Status Push(ModeSwitch& loop, model::Service service) {
    return loop.Push({testing::Upsert(loop.snapshot(), std::move(service))}, false).status();
  }

  testing::FakeKernel kernel_;
  testing::FakeChainStore chains_;
  testing::FakeFlowStore flows_;
  testing::FakeStateStore state_;
  absl::Time now_ = absl::UnixEpoch() + absl::Hours(24 * 365);
  std::vector<std::string> log_;
};

TEST_F(ModeSwitchTest, AReloadChangesTheRulesBothWays) {
  ModeSwitch loop = Make(Mode::kNftables);
  ASSERT_EQ(loop.Start(0, {}), absl::OkStatus());
  ASSERT_EQ(Push(loop, WebAt({"10.0.0.2:80"})), absl::OkStatus());
  for (const Mode mode : {Mode::kIptables, Mode::kNftables, Mode::kIptables}) {
    ASSERT_EQ(loop.Reconfigure(SettingsFor(mode)), absl::OkStatus());
    EXPECT_EQ(loop.settings().mode, mode);
    EXPECT_EQ(HasTables(), mode == Mode::kNftables);
    EXPECT_EQ(HasChains(), mode == Mode::kIptables);
    EXPECT_EQ(chains_.may_hold_ours, mode == Mode::kIptables);
    EXPECT_EQ(loop.revision(), 1U);
    EXPECT_EQ(loop.snapshot().services().size(), 1U);
    EXPECT_THAT(loop.Verify()->lines, IsEmpty());
  }
}

TEST_F(ModeSwitchTest, ARestartDoesToo) {
  for (const Mode mode : {Mode::kNftables, Mode::kIptables, Mode::kNftables}) {
    ModeSwitch loop = Make(mode);
    ASSERT_EQ(loop.Start(state_.revision, state_.services), absl::OkStatus());
    if (state_.services.empty()) {
      ASSERT_EQ(Push(loop, WebAt({"10.0.0.2:80"})), absl::OkStatus());
    }
    EXPECT_EQ(HasTables(), mode == Mode::kNftables);
    EXPECT_EQ(HasChains(), mode == Mode::kIptables);
  }
}

TEST_F(ModeSwitchTest, TheOldRulesGoAfterTheNewOnesStand) {
  ModeSwitch loop = Make(Mode::kNftables);
  ASSERT_EQ(loop.Start(0, {}), absl::OkStatus());
  ASSERT_EQ(Push(loop, WebAt({"10.0.0.2:80"})), absl::OkStatus());
  bool had_tables = true;
  chains_.on_restore = [&] { had_tables &= HasTables(); };
  ASSERT_EQ(loop.Reconfigure(SettingsFor(Mode::kIptables)), absl::OkStatus());
  EXPECT_TRUE(had_tables);
  EXPECT_FALSE(HasTables());
}

TEST_F(ModeSwitchTest, ASwitchThatFailsLeavesTheOldModeAlone) {
  ModeSwitch loop = Make(Mode::kNftables);
  ASSERT_EQ(loop.Start(0, {}), absl::OkStatus());
  ASSERT_EQ(Push(loop, WebAt({"10.0.0.2:80"})), absl::OkStatus());
  chains_.restore_failure[1] = absl::UnavailableError("ip6tables-restore: exit 4");
  EXPECT_EQ(loop.Reconfigure(SettingsFor(Mode::kIptables)), chains_.restore_failure[1]);
  EXPECT_EQ(loop.settings().mode, Mode::kNftables);
  EXPECT_TRUE(HasTables());
  EXPECT_THAT(loop.Verify()->lines, IsEmpty());
  // What it wrote of the first family is taken away, if not at once.
  chains_.restore_failure[1] = absl::OkStatus();
  now_ += absl::Minutes(1);
  loop.Poll();
  EXPECT_FALSE(HasChains());
}

TEST_F(ModeSwitchTest, WhatCannotBeRemovedIsTriedAgainAndToldOnce) {
  ModeSwitch loop = Make(Mode::kIptables);
  ASSERT_EQ(loop.Start(0, {}), absl::OkStatus());
  ASSERT_EQ(Push(loop, WebAt({"10.0.0.2:80"})), absl::OkStatus());
  chains_.read_failure = absl::UnavailableError("iptables-save: exit 1");
  ASSERT_EQ(loop.Reconfigure(SettingsFor(Mode::kNftables)), absl::OkStatus());
  EXPECT_TRUE(HasChains());
  for (int i = 0; i < 5; ++i) {
    now_ = std::max(now_, loop.next_poll());
    loop.Poll();
  }
  EXPECT_EQ(std::count_if(log_.begin(), log_.end(),
                          [](const std::string& line) {
                            return line.find("rules of the other mode") != line.npos;
                          }),
            1);
  chains_.read_failure = absl::OkStatus();
  now_ += absl::Minutes(1);
  loop.Poll();
  EXPECT_FALSE(HasChains());
  EXPECT_FALSE(chains_.may_hold_ours);
}

TEST_F(ModeSwitchTest, ChainsThatAreNotOursAreNotEvenReadInTheOtherMode) {
  chains_.tables[0][1] = {{"KUBE-SERVICES", {{"-j", "RETURN"}}}};
  ModeSwitch loop = Make(Mode::kNftables);
  ASSERT_EQ(loop.Start(0, {}), absl::OkStatus());
  ASSERT_EQ(Push(loop, WebAt({"10.0.0.2:80"})), absl::OkStatus());
  EXPECT_EQ(chains_.reads, 0);
  EXPECT_TRUE(HasChains());
}

TEST_F(ModeSwitchTest, TheModeStaysAsLongAsTheSnapshotIsNotSaved) {
  ModeSwitch loop = Make(Mode::kNftables);
  ASSERT_EQ(loop.Start(0, {}), absl::OkStatus());
  state_.status = absl::UnavailableError("write state: no space");
  ASSERT_EQ(Push(loop, WebAt({"10.0.0.2:80"})), absl::OkStatus());
  const absl::Status status = loop.Reconfigure(SettingsFor(Mode::kIptables));
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_EQ(loop.settings().mode, Mode::kNftables);
  EXPECT_FALSE(HasChains());
}

}  // namespace
}  // namespace nftsvc::reconcile
