// SPDX-License-Identifier: Apache-2.0
#include "src/reconcile/reconciler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "src/nft/compile.h"
#include "tests/support/difference.h"
#include "tests/support/loop.h"

namespace nftsvc::reconcile {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using testing::FakeKernel;
using testing::FakeTables;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::Loop;
using ::testing::SizeIs;
using ::testing::StartsWith;
using testing::Web;
using testing::WebAt;

// Web at many endpoints.
model::Service Big(int endpoints) {
  model::Service web = Web({});
  for (int i = 0; i < endpoints; ++i) {
    web.ports[0].endpoints.push_back(testing::EndpointAt(
        absl::StrCat("10.", 1 + i / 62'500, ".", i / 250 % 250, ".", 1 + i % 250, ":80")));
  }
  return web;
}

// Start.

TEST(StartTest, MakesTheTablesOfAnEmptySnapshot) {
  Loop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  EXPECT_EQ(DifferenceFromDesired(loop), "");
  EXPECT_TRUE(loop->health().in_sync);
  EXPECT_EQ(loop->health().commits, 1U);
  EXPECT_EQ(loop->health().generation, loop.kernel.generation());
}

TEST(StartTest, TakesOverTheAcceptedServices) {
  Loop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  ASSERT_EQ(loop.Push(WebAt({"10.0.0.2:80"})).status(), absl::OkStatus());
  loop.kernel.Tamper([](FakeTables& tables) { tables = {}; });
  loop.Restart();
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  EXPECT_EQ(loop->revision(), 1U);
  EXPECT_THAT(loop->snapshot().services(), SizeIs(1));
  EXPECT_EQ(DifferenceFromDesired(loop), "");
}

TEST(StartTest, OverAnUnchangedKernelCommitsNothing) {
  Loop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  ASSERT_EQ(loop.Push(WebAt({"10.0.0.2:80", "10.0.0.3:80", "10.0.0.4:80"})).status(),
            absl::OkStatus());
  ASSERT_EQ(loop.Push(WebAt({"10.0.0.3:80", "10.0.0.4:80"})).status(), absl::OkStatus());
  const Generation generation = loop.kernel.generation();
  loop.Restart();
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  EXPECT_EQ(loop.kernel.generation(), generation);
  EXPECT_TRUE(loop->health().in_sync);
  EXPECT_EQ(loop->health().commits, 0U);
  EXPECT_THAT(loop.log.back(), HasSubstr("the kernel holds it already"));
}

TEST(StartTest, RefusesATableThatSomebodyElseMade) {
  Loop loop;
  loop.kernel.Tamper([](FakeTables& tables) {
    tables.tables[1].emplace();
    tables.tables[1]->ours = false;
  });
  const absl::Status status = loop.Start();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("table ip6 nftsvc"));
  EXPECT_FALSE(loop->health().in_sync);
  EXPECT_THAT(loop->health().problem, HasSubstr("was not made by nftsvcd"));
  EXPECT_THAT(loop.kernel.committed(), IsEmpty());

  loop.kernel.Tamper([](FakeTables& tables) { tables = {}; });
  loop.PollWhenDue();
  EXPECT_TRUE(loop->health().in_sync);
  EXPECT_EQ(DifferenceFromDesired(loop), "");
}

TEST(StartTest, ThatCannotLookSaysSoAndTriesAgain) {
  Loop loop;
  loop.kernel.FailCall(0, {absl::PermissionDeniedError("list ruleset: operation not permitted")});
  EXPECT_EQ(loop.Start().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_FALSE(loop->health().in_sync);
  EXPECT_THAT(loop->health().problem, StartsWith("list ruleset: operation not permitted"));
  loop.PollWhenDue();
  EXPECT_TRUE(loop->health().in_sync);
}

TEST(StartTest, ThatCannotCommitSaysSoAndTriesAgain) {
  Loop loop;
  // Observe, commit.
  loop.kernel.FailCall(1, {absl::UnimplementedError("commit: operation not supported")});
  EXPECT_EQ(loop.Start().code(), absl::StatusCode::kUnimplemented);
  EXPECT_FALSE(loop->health().in_sync);
  EXPECT_THAT(loop->health().problem, StartsWith("commit: operation not supported"));
  EXPECT_GT(loop->next_poll(), loop.now) << "waits before it tries again";
  loop.PollWhenDue();
  EXPECT_TRUE(loop->health().in_sync);
  EXPECT_EQ(loop->health().problem, "");
}

// Push.

TEST(PushTest, ReportsWhatItDid) {
  Loop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  const auto report = loop.Push(WebAt({"10.0.0.2:80"}));
  ASSERT_EQ(report.status(), absl::OkStatus());
  EXPECT_EQ(report->revision, 1U);
  EXPECT_EQ(report->added, 1U);
  EXPECT_EQ(report->generation, loop.kernel.generation());
  EXPECT_EQ(report->operations, report->commands.lines.size());
  EXPECT_THAT(
      report->commands.lines,
      Contains("add element ip nftsvc endpoints { 10.96.0.1 . tcp . 80 . 0 : 10.0.0.2 . 80 }"));
  EXPECT_EQ(loop.state.revision, 1U);
  EXPECT_THAT(loop.state.services, SizeIs(1));

  const auto changed = loop.Push(WebAt({"10.0.0.3:80"}));
  EXPECT_EQ(changed->changed, 1U);
  const auto removed = loop.Remove("default/web");
  EXPECT_EQ(removed->removed, 1U);
  EXPECT_EQ(removed->revision, 3U);
  EXPECT_EQ(DifferenceFromDesired(loop), "");
}

TEST(PushTest, OfNothingTouchesNothing) {
  Loop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  const size_t calls = loop.kernel.calls().size();
  const auto report = loop.Push(std::vector<model::ServiceChange>());
  ASSERT_EQ(report.status(), absl::OkStatus());
  EXPECT_EQ(report->revision, 0U);
  EXPECT_EQ(loop.kernel.calls().size(), calls);
  EXPECT_EQ(loop.state.saves, 0);
}

TEST(PushTest, OfAChangeThatTheKernelCannotSeeIsSavedWithoutACommit) {
  Loop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  model::Service web = WebAt({"10.0.0.2:80"});
  ASSERT_EQ(loop.Push(web).status(), absl::OkStatus());
  const Generation generation = loop.kernel.generation();
  web.labels["owner"] = "somebody";
  const auto report = loop.Push(web);
  ASSERT_EQ(report.status(), absl::OkStatus());
  EXPECT_EQ(report->operations, 0U);
  EXPECT_EQ(report->revision, 2U);
  EXPECT_EQ(loop.kernel.generation(), generation);
  EXPECT_EQ(loop.state.revision, 2U);
}

TEST(PushTest, PlansFromMemory) {
  Loop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  ASSERT_EQ(loop.Push(WebAt({"10.0.0.2:80"})).status(), absl::OkStatus());
  const size_t calls = loop.kernel.calls().size();
  ASSERT_EQ(loop.Push(WebAt({"10.0.0.3:80"})).status(), absl::OkStatus());
  EXPECT_EQ(loop.kernel.calls().size(), calls + 1);
  EXPECT_EQ(loop.kernel.calls().back(), FakeKernel::Call::kCommit);
}

TEST(PushTest, MovesAFrontendFromOneServiceToAnother) {
  Loop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  ASSERT_EQ(loop.Push(WebAt({"10.0.0.2:80"})).status(), absl::OkStatus());
  model::Service other = WebAt({"10.0.0.3:80"});
  other.name = testing::Name("default/other");
  for (const bool new_one_first : {true, false}) {
    std::vector<model::ServiceChange> changes = {testing::Remove(loop->snapshot(), "default/web"),
                                                 testing::Upsert(loop->snapshot(), other)};
    if (new_one_first) std::swap(changes[0], changes[1]);
    ASSERT_EQ(loop.Push(changes).status(), absl::OkStatus());
    EXPECT_EQ(DifferenceFromDesired(loop), "");
    ASSERT_EQ(loop.Push({testing::Remove(loop->snapshot(), "default/other"),
                         testing::Upsert(loop->snapshot(), WebAt({"10.0.0.2:80"}))})
                  .status(),
              absl::OkStatus());
    EXPECT_EQ(DifferenceFromDesired(loop), "");
  }
}

TEST(PushTest, GrowsAndShrinksSetsAndKeepsCounters) {
  Loop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  ASSERT_EQ(loop.Push(WebAt({"10.1.0.1:80"})).status(), absl::OkStatus());
  const nft::ElementKey endpoint{.family = base::Family::kIPv4,
                                 .set = nft::SetId::kEndpoints,
                                 .key = nft::SlotKey(testing::FrontendAt("10.96.0.1:80/tcp"), 0)};
  const auto size = [&] {
    return loop.kernel.tables().Observe().Find(base::Family::kIPv4, nft::SetId::kEndpoints)->size;
  };
  const uint32_t smallest = size();
  const size_t listings = loop.kernel.CountOf(FakeKernel::Call::kObserve);
  loop.kernel.Count(endpoint, 7);

  const auto grown = loop.Push(Big(6'000));
  ASSERT_EQ(grown.status(), absl::OkStatus());
  EXPECT_EQ(DifferenceFromDesired(loop), "");
  EXPECT_GE(size(), 6'000U);
  EXPECT_EQ(loop.kernel.tables().Find(endpoint)->counter.packets, 7U);

  const auto shrunk = loop.Push(Big(2));
  ASSERT_EQ(shrunk.status(), absl::OkStatus());
  EXPECT_EQ(DifferenceFromDesired(loop), "");
  EXPECT_EQ(size(), smallest);
  EXPECT_EQ(loop.kernel.tables().Find(endpoint)->counter.packets, 7U);
  EXPECT_EQ(loop.kernel.CountOf(FakeKernel::Call::kObserve), listings)
      << "lists all elements of big sets";
}

TEST(PushTest, ShowsAtMostTenThousandCommands) {
  Loop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  const auto report = loop.Push(Big(11'000));
  ASSERT_EQ(report.status(), absl::OkStatus());
  EXPECT_THAT(report->commands.lines, SizeIs(10'000));
  EXPECT_EQ(report->commands.left_off, report->operations - 10'000);
}

// Preview.

TEST(PreviewTest, ChangesNothing) {
  Loop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  ASSERT_EQ(loop.Push(WebAt({"10.0.0.2:80"})).status(), absl::OkStatus());
  const Generation generation = loop.kernel.generation();
  const std::string routes = forwarding::Print(loop->table());
  const auto report =
      loop->Preview({testing::Upsert(loop->snapshot(), WebAt({"10.0.0.2:80", "10.0.0.3:80"}))});
  ASSERT_EQ(report.status(), absl::OkStatus());
  EXPECT_EQ(report->changed, 1U);
  EXPECT_EQ(report->revision, 1U);
  EXPECT_GT(report->operations, 0U);
  EXPECT_EQ(loop.kernel.generation(), generation);
  EXPECT_EQ(loop->revision(), 1U);
  EXPECT_EQ(forwarding::Print(loop->table()), routes);
  EXPECT_EQ(loop.state.saves, 1);
}

TEST(PreviewTest, ThatLooksAtTheKernelDoesNotHideDrift) {
  Loop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  ASSERT_EQ(loop.Push(WebAt({"10.0.0.2:80"})).status(), absl::OkStatus());
  loop.kernel.Tamper([](FakeTables& tables) {
    tables.Set(base::Family::kIPv4, nft::SetId::kEndpoints)->elements.clear();
  });
  // Needs a larger set, hence all elements.
  ASSERT_EQ(loop->Preview({testing::Upsert(loop->snapshot(), Big(2'000))}).status(),
            absl::OkStatus());
  loop.PollWhenDue();
  EXPECT_EQ(DifferenceFromDesired(loop), "");
  EXPECT_EQ(loop->health().drift_repairs, 1U);
}

TEST(PreviewTest, ThatFailsLeavesTheStateAlone) {
  Loop loop;
  loop.kernel.FailCall(loop.kernel.calls().size(), {absl::UnavailableError("list ruleset: …")});
  ASSERT_EQ(loop.Start().code(), absl::StatusCode::kUnavailable);
  const std::string problem = loop->health().problem;
  loop.kernel.FailCall(loop.kernel.calls().size(), {absl::UnavailableError("list ruleset: …")});
  EXPECT_EQ(loop->Preview({testing::Upsert(loop->snapshot(), Big(2))}).status().code(),
            absl::StatusCode::kUnavailable);
  EXPECT_THAT(loop->snapshot().services(), IsEmpty());
  EXPECT_EQ(loop->health().problem, problem);
}

// Reconfigure.

TEST(ReconfigureTest, EnforcesOtherSettingsAndKeepsSlots) {
  Loop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  ASSERT_EQ(loop.Push(WebAt({"10.0.0.2:80", "10.0.0.3:80", "10.0.0.4:80"})).status(),
            absl::OkStatus());
  ASSERT_EQ(loop.Push(WebAt({"10.0.0.3:80", "10.0.0.4:80"})).status(), absl::OkStatus());
  Settings settings = loop->settings();
  settings.host.masquerade_all = true;
  settings.options.mark_bits = 0x8000;
  ASSERT_EQ(loop->Reconfigure(settings), absl::OkStatus());
  EXPECT_EQ(DifferenceFromDesired(loop), "");
  EXPECT_EQ(loop->settings(), settings);
  EXPECT_EQ(forwarding::Print(loop->table()),
            "default/web at 10.96.0.1:80/tcp: balance 10.0.0.4:80 10.0.0.3:80, masquerade\n")
      << "the fourth moved into the second's slot before";
  ASSERT_EQ(loop.Push(WebAt({"10.0.0.3:80"})).status(), absl::OkStatus());
  EXPECT_EQ(DifferenceFromDesired(loop), "");
}

TEST(ReconfigureTest, WithTheSameSettingsDoesNothing) {
  Loop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  const size_t calls = loop.kernel.calls().size();
  ASSERT_EQ(loop->Reconfigure(loop->settings()), absl::OkStatus());
  EXPECT_EQ(loop.kernel.calls().size(), calls);
}

TEST(ReconfigureTest, ThatFailsIsTriedAgain) {
  Loop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  ASSERT_EQ(loop.Push(WebAt({"10.0.0.2:80"})).status(), absl::OkStatus());
  Settings settings = loop->settings();
  settings.host.masquerade_all = true;
  loop.kernel.FailCall(loop.kernel.calls().size(), {absl::UnavailableError("list ruleset: …")});
  EXPECT_EQ(loop->Reconfigure(settings).code(), absl::StatusCode::kUnavailable);
  EXPECT_FALSE(loop->health().in_sync);
  loop.PollWhenDue();
  EXPECT_TRUE(loop->health().in_sync);
  EXPECT_EQ(DifferenceFromDesired(loop), "");
  EXPECT_THAT(forwarding::Print(loop->table()), HasSubstr(", masquerade\n"));
}

// Verify.

TEST(VerifyTest, NamesWhatWouldBeRepairedAndRepairsNothing) {
  Loop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  ASSERT_EQ(loop.Push(WebAt({"10.0.0.2:80"})).status(), absl::OkStatus());
  EXPECT_THAT(loop->Verify()->lines, IsEmpty());
  loop.kernel.Tamper([](FakeTables& tables) {
    tables.Set(base::Family::kIPv4, nft::SetId::kHairpin)->elements.clear();
  });
  const Generation generation = loop.kernel.generation();
  EXPECT_THAT(loop->Verify()->lines,
              ElementsAre("add element ip nftsvc hairpin { 10.0.0.2 . 10.0.0.2 }"));
  EXPECT_EQ(loop.kernel.generation(), generation);
  loop.PollWhenDue();
  EXPECT_EQ(loop->health().drift_repairs, 1U) << "looking does not make it forget";
}

// Saving.

TEST(SaveTest, WhatCannotBeSavedIsForwardedNonetheless) {
  Loop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  loop.state.status = absl::ResourceExhaustedError("write snapshot: no space left on device");
  const auto report = loop.Push(WebAt({"10.0.0.2:80"}));
  ASSERT_EQ(report.status(), absl::OkStatus());
  EXPECT_EQ(report->persist_warning, "write snapshot: no space left on device");
  EXPECT_EQ(loop->health().persist_problem, "write snapshot: no space left on device");
  EXPECT_TRUE(loop->health().in_sync);
  EXPECT_EQ(loop->revision(), 1U);
  EXPECT_EQ(DifferenceFromDesired(loop), "");
  EXPECT_THAT(loop.log.back(), HasSubstr("a restart will not know revision 1"));
}

TEST(SaveTest, TheWarningIsOfThisPushAndEndsWithTheProblem) {
  Loop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  loop.state.status = absl::ResourceExhaustedError("write snapshot: no space left on device");
  ASSERT_EQ(loop.Push(WebAt({"10.0.0.2:80"})).status(), absl::OkStatus());
  const size_t lines = loop.log.size();
  loop.state.status = absl::UnavailableError("write snapshot: read-only file system");
  EXPECT_EQ(loop.Push(WebAt({"10.0.0.3:80"}))->persist_warning,
            "write snapshot: read-only file system");
  EXPECT_EQ(loop->health().persist_problem, "write snapshot: read-only file system");
  EXPECT_EQ(loop.log.size(), lines) << "one line until it works again";
  loop.state.status = absl::OkStatus();
  EXPECT_EQ(loop.Push(WebAt({"10.0.0.4:80"}))->persist_warning, "");
  EXPECT_EQ(loop->health().persist_problem, "");
  EXPECT_EQ(loop.log.back(), "the snapshot can be saved again");
  EXPECT_EQ(loop.state.revision, 3U);
}

TEST(SaveTest, IsTriedAgainWithoutAPushEverLessOften) {
  Settings settings = testing::SettingsOf(testing::NodeA());
  settings.drift_poll_interval = absl::Hours(1);
  Loop loop(settings);
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  loop.PollWhenDue();
  loop.state.status = absl::ResourceExhaustedError("write snapshot: no space left on device");
  ASSERT_EQ(loop.Push(WebAt({"10.0.0.2:80"})).status(), absl::OkStatus());
  const size_t lines = loop.log.size();
  absl::Duration waited;
  for (int i = 0; i < 12; ++i) {
    const absl::Time before = loop.now;
    const int saves = loop.state.saves;
    loop.PollWhenDue();
    EXPECT_EQ(loop.state.saves, saves + 1);
    EXPECT_GE(loop.now - before, waited);
    EXPECT_LE(loop.now - before, absl::Minutes(1));
    waited = loop.now - before;
  }
  EXPECT_GT(waited, absl::Seconds(10));
  EXPECT_EQ(loop.log.size(), lines) << "one line until it works again";
  EXPECT_EQ(loop.state.revision, 0U);

  loop.state.status = absl::OkStatus();
  loop.PollWhenDue();
  EXPECT_EQ(loop.state.revision, 1U);
  EXPECT_THAT(loop.state.services, SizeIs(1));
  EXPECT_EQ(loop->health().persist_problem, "");
  EXPECT_EQ(loop.log.back(), "the snapshot can be saved again");
  const int saves = loop.state.saves;
  loop.PollWhenDue();
  EXPECT_EQ(loop.state.saves, saves) << "once is enough";
}

}  // namespace
}  // namespace nftsvc::reconcile
