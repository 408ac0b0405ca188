// SPDX-License-Identifier: Apache-2.0
//
// What one turn of the loop commits, and in which order.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "src/reconcile/reconciler.h"
#include "tests/support/loop.h"

namespace nftsvc::reconcile {
namespace {

using testing::FakeTables;
using ::testing::HasSubstr;
using testing::Loop;
using ::testing::Not;
using testing::WebAt;
using Call = testing::FakeKernel::Call;

TEST(TurnTest, APushWithoutChangesSucceedsOnlyIfTheKernelHasThem) {
  Loop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  ASSERT_EQ(loop.Push(WebAt({"10.0.0.2:80"})).status(), absl::OkStatus());
  loop.kernel.Tamper([](FakeTables& tables) { tables = FakeTables(); });
  loop.kernel.FailCall(loop.kernel.calls().size(), {absl::UnavailableError("read generation: …")});
  loop.PollWhenDue();
  ASSERT_FALSE(loop->health().in_sync);
  loop.kernel.FailCall(loop.kernel.calls().size(), {absl::UnavailableError("list ruleset: …")});
  EXPECT_EQ(loop.Push(std::vector<model::ServiceChange>()).status().code(),
            absl::StatusCode::kUnavailable);
  EXPECT_EQ(loop.Push(std::vector<model::ServiceChange>()).status(), absl::OkStatus());
  EXPECT_TRUE(loop->health().in_sync);
  EXPECT_EQ(DifferenceFromDesired(loop), "");
  EXPECT_EQ(loop->revision(), 1U);
}

TEST(TurnTest, APushWithoutChangesWarnsOfWhatIsNotSaved) {
  Loop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  loop.state.status = absl::UnavailableError("write /state: no space left on device");
  EXPECT_NE(loop.Push(WebAt({"10.0.0.2:80"}))->persist_warning, "");
  const std::vector<model::ServiceChange> none;
  EXPECT_NE(loop.Push(none)->persist_warning, "");
  EXPECT_EQ(loop.state.revision, 0U);
  loop.state.status = absl::OkStatus();
  EXPECT_EQ(loop.Push(none)->persist_warning, "");
  EXPECT_EQ(loop.state.revision, 1U);
}

TEST(TurnTest, TheDiskMayBeginBeforeTheKernelHasIt) {
  Loop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  uint64_t begun = 0;
  loop.kernel.BeforeCall(loop.kernel.calls().size(), [&] { begun = loop.state.begun; });
  ASSERT_TRUE(loop.Push(WebAt({"10.0.0.2:80"})).ok());
  EXPECT_EQ(begun, 1U);
  EXPECT_EQ(loop.state.begun, 0U);
  EXPECT_EQ(loop.state.revision, 1U);
}

// Sets grow: what there is to be is not compiled twice then.
TEST(TurnTest, ManyServicesCanComeAtOnceAndGoAgain) {
  Loop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  std::vector<model::ServiceChange> changes;
  for (int i = 0; i < 3'000; ++i) {
    model::Service service = WebAt({"10.0.0.2:80"});
    service.name.name = absl::StrCat("web-", i);
    service.cluster_ips = {testing::Ip(absl::StrCat("10.96.", i / 256, ".", i % 256))};
    changes.push_back(testing::Upsert(loop->snapshot(), std::move(service)));
  }
  ASSERT_TRUE(loop.Push(changes).ok());
  EXPECT_EQ(DifferenceFromDesired(loop), "");
  ASSERT_TRUE(loop.Push(model::Reversed(changes)).ok());
  EXPECT_EQ(DifferenceFromDesired(loop), "");
}

TEST(TurnTest, AStartLooksOnce) {
  Loop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  EXPECT_EQ(loop.kernel.CountOf(Call::kObserve), 1U);
}

TEST(TurnTest, NewChainsAreThereBeforeElementsGoToThem) {
  Loop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  const size_t committed = loop.kernel.committed().size();
  const auto report = loop.Push(WebAt({"10.0.0.2:80", "10.0.0.3:80"}));
  ASSERT_EQ(report.status(), absl::OkStatus());
  ASSERT_EQ(loop.kernel.committed().size(), committed + 2);
  for (const nft::Operation& operation : loop.kernel.committed()[committed].operations) {
    EXPECT_FALSE(std::holds_alternative<nft::AddElement>(operation)) << nft::Print(operation);
  }
  for (const nft::Operation& operation : loop.kernel.committed()[committed + 1].operations) {
    EXPECT_FALSE(std::holds_alternative<nft::AddChain>(operation)) << nft::Print(operation);
  }
  EXPECT_EQ(report->operations, loop.kernel.committed()[committed].operations.size() +
                                    loop.kernel.committed()[committed + 1].operations.size());
}

// A packet under way may have met the rule that draws from three.
TEST(TurnTest, ScalingUpAndDownMakesChainsOnce) {
  Loop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(loop.Push(WebAt({"10.0.0.2:80"})).ok());
    ASSERT_TRUE(loop.Push(WebAt({"10.0.0.2:80", "10.0.0.3:80"})).ok());
  }
  ASSERT_TRUE(loop.Remove("default/web").ok());
  size_t made = 0;
  for (const nft::Transaction& transaction : loop.kernel.committed()) {
    for (const nft::Operation& operation : transaction.operations) {
      if (nft::Print(operation) == "add chain ip nftsvc random-2") ++made;
      EXPECT_FALSE(std::holds_alternative<nft::DeleteChain>(operation)) << nft::Print(operation);
    }
  }
  EXPECT_EQ(made, 1U);
  EXPECT_EQ(DifferenceFromDesired(loop), "");
}

TEST(TurnTest, SpareChainsAreNoReasonToWrite) {
  Loop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  ASSERT_TRUE(loop.Push(WebAt({"10.0.0.2:80", "10.0.0.3:80"})).ok());
  ASSERT_TRUE(loop.Push(WebAt({"10.0.0.2:80"})).ok());
  const auto commits = loop.kernel.committed().size();
  EXPECT_THAT(loop->Verify()->lines, ::testing::IsEmpty());
  loop.Restart();
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  loop.kernel.CommitElsewhere();
  loop.PollWhenDue();
  EXPECT_EQ(loop.kernel.committed().size(), commits);
  // Nor are they made again by another process.
  ASSERT_TRUE(loop.Push(WebAt({"10.0.0.2:80", "10.0.0.3:80"})).ok());
  EXPECT_EQ(loop.kernel.committed().size(), commits + 1);
}

TEST(TurnTest, SlotsThatNoRuleDrawsAnyMoreGoInACommitOfTheirOwn) {
  Loop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  ASSERT_EQ(loop.Push(WebAt({"10.0.0.2:80", "10.0.0.3:80", "10.0.0.4:80"})).status(),
            absl::OkStatus());
  const size_t committed = loop.kernel.committed().size();
  const auto report = loop.Push(WebAt({"10.0.0.2:80", "10.0.0.4:80"}));
  ASSERT_EQ(report.status(), absl::OkStatus());
  size_t operations = 0;
  std::string last;
  for (size_t i = committed; i < loop.kernel.committed().size(); ++i) {
    operations += loop.kernel.committed()[i].operations.size();
    last = nft::Print(loop.kernel.committed()[i]);
    EXPECT_EQ(last.find("delete element ip nftsvc endpoints { 10.96.0.1 . tcp . 80 . 2 }") !=
                  std::string::npos,
              i + 1 == loop.kernel.committed().size());
  }
  EXPECT_THAT(last, Not(HasSubstr("add ")));
  EXPECT_EQ(report->operations, operations);
  EXPECT_EQ(DifferenceFromDesired(loop), "");
}

// Ownership.

TEST(OwnershipTest, ExclusiveTablesAreTakenOverByTheNextProcess) {
  Settings settings = testing::SettingsOf(testing::NodeA());
  settings.options.exclusive = true;
  Loop loop(settings);
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  ASSERT_EQ(loop.Push(WebAt({"10.0.0.2:80"})).status(), absl::OkStatus());
  EXPECT_EQ(DifferenceFromDesired(loop), "");
  // Its socket ends with a process.
  loop.kernel.ChangeQuietly([](FakeTables& tables) {
    for (auto& table : tables.tables) table->is_mine = false;
  });
  loop.Restart();
  const size_t committed = loop.kernel.committed().size();
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  ASSERT_EQ(loop.kernel.committed().size(), committed + 1);
  EXPECT_EQ(loop.kernel.committed().back().operations.size(), 2U) << "one for each table";
  for (const auto& table : loop.kernel.tables().tables) EXPECT_TRUE(table->is_mine);
  loop.Restart();
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  EXPECT_EQ(loop.kernel.committed().size(), committed + 1) << "nothing is to be done";
}

TEST(OwnershipTest, CanBeSwitched) {
  Loop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  ASSERT_EQ(loop.Push(WebAt({"10.0.0.2:80"})).status(), absl::OkStatus());
  for (const bool exclusive : {true, false}) {
    Settings settings = loop->settings();
    settings.options.exclusive = exclusive;
    const size_t committed = loop.kernel.committed().size();
    ASSERT_EQ(loop->Reconfigure(settings), absl::OkStatus());
    EXPECT_EQ(loop.kernel.committed().size(), committed + 1) << "in one transaction";
    EXPECT_EQ(DifferenceFromDesired(loop), "");
    for (const auto& table : loop.kernel.tables().tables) {
      EXPECT_EQ(table->exclusive, exclusive);
      EXPECT_EQ(table->is_mine, exclusive);
    }
  }
}

}  // namespace
}  // namespace nftsvc::reconcile
