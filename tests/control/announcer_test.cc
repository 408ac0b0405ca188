// SPDX-License-Identifier: Apache-2.0
#include "src/control/announcer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/support/loop.h"

namespace nftsvc::control {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class AnnouncerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(loop_.Start().ok());
    announcer_.emplace(
        *loop_, [this] { return loop_.now; },
        [this](const v1::WatchEvent& event) { told_.push_back(event); });
  }

  model::Snapshot Empty() const { return testing::SnapshotOf({}); }

  testing::Loop loop_;
  std::vector<v1::WatchEvent> told_;
  std::optional<Announcer> announcer_;
};

TEST_F(AnnouncerTest, NothingHasHappenedAtFirst) {
  announcer_->Follow();
  EXPECT_TRUE(told_.empty());
}

TEST_F(AnnouncerTest, APushIsToldOnceWithItsServices) {
  const auto change = testing::Upsert(Empty(), testing::WebAt({"10.0.0.2:80"}));
  ASSERT_TRUE(loop_.Push({change}).ok());
  announcer_->Pushed({change}, {.pid = 12, .uid = 0, .gid = 0});
  announcer_->Follow();
  ASSERT_EQ(told_.size(), 1u);
  EXPECT_EQ(told_[0].revision(), 1u);
  EXPECT_EQ(told_[0].time(), "1971-01-01T00:00:00.000Z");
  EXPECT_EQ(told_[0].pushed().client(), "pid 12 uid 0");
  EXPECT_EQ(told_[0].pushed().services_added(), 1u);
  EXPECT_THAT(told_[0].pushed().service_changes(), ElementsAre("+ default/web"));
}

TEST_F(AnnouncerTest, OfManyChangesTheFirstAreListed) {
  std::vector<model::ServiceChange> changes;
  for (int i = 0; i < 250; ++i) {
    model::Service service = testing::WebAt({});
    service.name.name = absl::StrCat("web-", i);
    service.cluster_ips.clear();
    changes.push_back(testing::Upsert(Empty(), service));
  }
  announcer_->Pushed(changes, {});
  ASSERT_EQ(told_.size(), 1u);
  EXPECT_EQ(told_[0].pushed().services_added(), 250u);
  EXPECT_EQ(told_[0].pushed().service_changes_size() +
                static_cast<int>(told_[0].pushed().changes_left_off()),
            250);
  EXPECT_LT(told_[0].pushed().service_changes_size(), 250);
}

TEST_F(AnnouncerTest, ARevisionThatNobodySpokeOfIsTold) {
  ASSERT_TRUE(loop_.Push(testing::WebAt({"10.0.0.2:80"})).ok());
  announcer_->Follow();
  announcer_->Follow();
  ASSERT_EQ(told_.size(), 1u);
  EXPECT_TRUE(told_[0].has_pushed());
  EXPECT_EQ(told_[0].revision(), 1u);
}

TEST_F(AnnouncerTest, ARepairIsTold) {
  ASSERT_TRUE(loop_.Push(testing::WebAt({"10.0.0.2:80"})).ok());
  announcer_->Follow();
  told_.clear();
  loop_.kernel.Tamper([](testing::FakeTables& tables) {
    tables.tables[static_cast<size_t>(base::Family::kIPv4)].reset();
  });
  loop_.PollWhenDue();
  announcer_->Follow();
  ASSERT_EQ(told_.size(), 1u);
  EXPECT_EQ(told_[0].drift_repaired().drift_repairs(), 1u);
  EXPECT_THAT(told_[0].drift_repaired().what(), HasSubstr("repaired by"));
}

// As a switch to the other mode, which counts anew.
TEST_F(AnnouncerTest, ALowerCountIsNoRepair) {
  loop_.kernel.Tamper([](testing::FakeTables& tables) { tables = {}; });
  loop_.PollWhenDue();
  announcer_->Follow();
  told_.clear();
  loop_.Restart();
  ASSERT_TRUE(loop_.Start().ok());
  announcer_->Follow();
  EXPECT_TRUE(told_.empty());
  loop_.kernel.Tamper([](testing::FakeTables& tables) { tables = {}; });
  loop_.PollWhenDue();
  announcer_->Follow();
  ASSERT_EQ(told_.size(), 1u);
  EXPECT_EQ(told_[0].drift_repaired().drift_repairs(), 1u);
}

TEST_F(AnnouncerTest, OutOfSyncAndBackAreToldOnceEach) {
  loop_.kernel.CommitElsewhere();
  loop_.kernel.FailCall(loop_.kernel.calls().size(),
                        {.status = absl::UnavailableError("no kernel there")});
  loop_.PollWhenDue();
  announcer_->Follow();
  announcer_->Follow();
  ASSERT_EQ(told_.size(), 1u);
  EXPECT_THAT(told_[0].out_of_sync().problem(), HasSubstr("no kernel there"));
  loop_.PollWhenDue();
  announcer_->Follow();
  announcer_->Follow();
  ASSERT_EQ(told_.size(), 2u);
  EXPECT_TRUE(told_[1].has_in_sync());
}

TEST_F(AnnouncerTest, TheStateOfThingsIsDescribed) {
  ASSERT_TRUE(loop_.Push(testing::WebAt({"10.0.0.2:80"})).ok());
  const v1::WatchEvent event = DescribeState(*loop_, loop_.now);
  EXPECT_EQ(event.revision(), 1u);
  EXPECT_TRUE(event.watching().in_sync());
  EXPECT_EQ(event.watching().services(), 1u);
}

TEST_F(AnnouncerTest, OtherAddressesOfTheHostAreListed) {
  announcer_->HostChanged();
  ASSERT_EQ(told_.size(), 1u);
  EXPECT_THAT(told_[0].host_changed().node_port_addresses(),
              ElementsAre("192.168.0.2", "fd00:168::2"));
}

}  // namespace
}  // namespace nftsvc::control
