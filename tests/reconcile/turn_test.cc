// SPDX-License-Identifier: Apache-2.0
//
// The loop against a kernel that fails and others who interfere.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "src/nft/compile.h"
#include "src/reconcile/reconciler.h"
#include "tests/support/cases.h"
#include "tests/support/damage.h"
#include "tests/support/difference.h"
#include "tests/support/loop.h"
#include "tests/support/random.h"

namespace nftsvc::reconcile {
namespace {

using testing::Damage;
using ::testing::ElementsAre;
using testing::FakeKernel;
using testing::FakeTables;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::Loop;
using ::testing::Not;
using testing::WebAt;
using Call = FakeKernel::Call;

std::string DifferenceAfterTurn(Loop& loop) {
  return testing::DifferenceButForSpares(loop.kernel.tables().Observe(),
                                         nft::Compile(loop->table(), loop->settings().options),
                                         loop->settings());
}

// More than one set can hold that is made for few.
model::Service Big() {
  model::Service service = testing::Web({});
  service.name = testing::Name("default/big");
  service.cluster_ips = {testing::Ip("10.96.0.9")};
  for (int i = 0; i < 800; ++i) {
    service.ports[0].endpoints.push_back(
        testing::EndpointAt(absl::StrCat("10.1.", i / 250, ".", 1 + i % 250, ":80")));
  }
  return service;
}

// A day in the life of the loop: each step is a call of a user's, or time that passes.
using StepFunction = std::function<absl::Status(Loop&)>;

std::vector<StepFunction> Story() {
  return {
      [](Loop& loop) { return loop.Start(); },
      [](Loop& loop) {
        return loop.Push(WebAt({"10.0.0.2:80", "10.0.0.3:80"})).status();
      },
      [](Loop& loop) {
        return loop.Push(WebAt({"10.0.0.3:80", "[fd00:10::2]:80"})).status();
      },
      [](Loop& loop) {
        loop.PollWhenDue();
        return absl::OkStatus();
      },
      [](Loop& loop) { return loop.Push(Big()).status(); },
      [](Loop& loop) {
        Settings settings = loop->settings();
        settings.host.masquerade_all = true;
        return loop->Reconfigure(settings);
      },
      [](Loop& loop) { return loop.Remove("default/web").status(); },
      [](Loop& loop) {
        loop.PollWhenDue();
        return absl::OkStatus();
      },
  };
}

// Makes trouble before the story begins.
using Trouble = std::function<void(FakeKernel&)>;

// What must hold whatever the kernel does.
void ExpectHonest(Loop& loop) {
  const Health& health = loop->health();
  EXPECT_EQ(health.in_sync, health.problem.empty()) << health.problem;
  if (health.in_sync) {
    EXPECT_EQ(DifferenceAfterTurn(loop), "") << "claims to be in sync";
  }
}

// A user who tries again what failed, while the daemon polls.
void Live(Loop& loop) {
  for (const StepFunction& step : Story()) {
    absl::Status status;
    for (int attempt = 0; attempt < 12; ++attempt) {
      const std::string routes = forwarding::Print(loop->table());
      const uint64_t revision = loop->revision();
      const Settings settings = loop->settings();
      status = step(loop);
      ExpectHonest(loop);
      if (status.ok()) break;
      EXPECT_FALSE(loop->health().in_sync);
      EXPECT_EQ(loop->revision(), revision);
      if (loop->settings() == settings) {
        EXPECT_EQ(forwarding::Print(loop->table()), routes) << "a failed push changed the table";
      }
      loop.PollWhenDue();
      ExpectHonest(loop);
    }
    ASSERT_EQ(status, absl::OkStatus());
  }
  // Looks find what the trouble left behind, once it is over.
  for (int polls = 0; polls < 3; ++polls) loop.PollWhenDue();
  for (int polls = 0; polls < 20 && !loop->health().in_sync; ++polls) loop.PollWhenDue();
  EXPECT_TRUE(loop->health().in_sync) << loop->health().problem;
  EXPECT_EQ(DifferenceAfterTurn(loop), "");
  EXPECT_EQ(loop->revision(), 4U);
  EXPECT_EQ(loop.state.revision, 4U);
}

size_t CallsOfTheStory() {
  Loop loop;
  Live(loop);
  return loop.kernel.calls().size();
}

const std::vector<absl::StatusCode>& Codes() {
  static const auto& codes = *new std::vector<absl::StatusCode>{
      absl::StatusCode::kAborted,       absl::StatusCode::kDeadlineExceeded,
      absl::StatusCode::kUnknown,       absl::StatusCode::kResourceExhausted,
      absl::StatusCode::kNotFound,      absl::StatusCode::kAlreadyExists,
      absl::StatusCode::kOutOfRange,    absl::StatusCode::kFailedPrecondition,
      absl::StatusCode::kUnimplemented, absl::StatusCode::kInternal,
      absl::StatusCode::kUnavailable,   absl::StatusCode::kPermissionDenied};
  return codes;
}

// Codes after which the kernel may have done what it was asked.
const std::vector<absl::StatusCode>& UnknownOutcomes() {
  static const auto& codes = *new std::vector<absl::StatusCode>{
      absl::StatusCode::kDeadlineExceeded, absl::StatusCode::kUnknown,
      absl::StatusCode::kResourceExhausted};
  return codes;
}

class FaultTest : public ::testing::TestWithParam<absl::StatusCode> {};

TEST_P(FaultTest, AtAnyCallIsSurvived) {
  const size_t calls = CallsOfTheStory();
  ASSERT_GT(calls, 8U);
  for (size_t call = 0; call < calls; call += testing::kNextCall) {
    SCOPED_TRACE(absl::StrCat("call ", call));
    Loop loop;
    loop.kernel.FailCall(call, {absl::Status(GetParam(), "it failed")});
    Live(loop);
  }
}

TEST_P(FaultTest, ThatLastsIsSurvived) {
  const size_t calls = CallsOfTheStory();
  for (size_t call = 0; call < calls; call += testing::kNextCall) {
    SCOPED_TRACE(absl::StrCat("calls from ", call));
    Loop loop;
    for (size_t i = 0; i < 20; ++i) {
      loop.kernel.FailCall(call + i, {absl::Status(GetParam(), "it failed")});
    }
    Live(loop);
  }
}

// With any code: also those that say that nothing has changed, should they be wrong. Only kAborted
// is certain, because the kernel says it before it does anything.
class AppliedFaultTest : public FaultTest {};

TEST_P(AppliedFaultTest, IsSurvived) {
  const size_t calls = CallsOfTheStory();
  for (size_t call = 0; call < calls; call += testing::kNextCall) {
    SCOPED_TRACE(absl::StrCat("call ", call));
    Loop loop;
    loop.kernel.FailCall(call, {absl::Status(GetParam(), "it failed"), /*applied=*/true});
    Live(loop);
  }
}

std::string CodeName(const ::testing::TestParamInfo<absl::StatusCode>& info) {
  std::string name;
  for (const char c : absl::StatusCodeToString(info.param)) {
    if (c != '_') name += c;
  }
  return name;
}

INSTANTIATE_TEST_SUITE_P(TurnTest, FaultTest, ::testing::ValuesIn(Codes()), CodeName);
INSTANTIATE_TEST_SUITE_P(TurnTest, AppliedFaultTest,
                         ::testing::ValuesIn(Codes().begin() + 1, Codes().end()), CodeName);

TEST(TurnTest, AfterAnUnknownOutcomeNothingIsCommittedBeforeALook) {
  for (const absl::StatusCode code : UnknownOutcomes()) {
    for (const bool applied : {false, true}) {
      Loop loop;
      ASSERT_EQ(loop.Start(), absl::OkStatus());
      const size_t call = loop.kernel.calls().size();
      loop.kernel.FailCall(call, {absl::Status(code, "it failed"), applied});
      ASSERT_EQ(loop.Push(WebAt({"10.0.0.2:80"})).status(), absl::OkStatus());
      const auto& calls = loop.kernel.calls();
      ASSERT_GT(calls.size(), call + 1);
      EXPECT_EQ(calls[call], Call::kCommit);
      EXPECT_EQ(calls[call + 1], Call::kObserve);
      EXPECT_EQ(DifferenceAfterTurn(loop), "");
    }
  }
}

TEST(TurnTest, AFailedPushLeavesTheOldSnapshotEnforced) {
  Loop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  ASSERT_EQ(loop.Push(WebAt({"10.0.0.2:80"})).status(), absl::OkStatus());
  const std::string routes = forwarding::Print(loop->table());
  const nft::Ruleset ruleset = nft::Compile(loop->table(), {});
  for (size_t i = 0; i < 20; ++i) {
    loop.kernel.FailCall(loop.kernel.calls().size() + i,
                         {absl::OutOfRangeError("commit: add element …: the set is full")});
  }
  const auto report = loop.Push(WebAt({"10.0.0.3:80"}));
  EXPECT_EQ(report.status().code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(report.status().message(), "commit: add element …: the set is full");
  EXPECT_EQ(loop->revision(), 1U);
  EXPECT_EQ(loop.state.revision, 1U);
  EXPECT_EQ(forwarding::Print(loop->table()), routes);
  EXPECT_EQ(loop->snapshot().Find(testing::Name("default/web"))->ports[0].endpoints[0].address,
            testing::Ip("10.0.0.2"));
  EXPECT_EQ(testing::Difference(loop.kernel.tables().Observe(), ruleset), "");
}

TEST(TurnTest, WhatAFailedPushLeftInTheKernelIsTakenBack) {
  Loop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  ASSERT_EQ(loop.Push(WebAt({"10.0.0.2:80"})).status(), absl::OkStatus());
  const nft::Ruleset before = nft::Compile(loop->table(), {});
  const size_t call = loop.kernel.calls().size();
  loop.kernel.FailCall(call, {absl::DeadlineExceededError("commit: no answer"), /*applied=*/true});
  loop.kernel.FailCall(call + 1, {absl::UnavailableError("list ruleset: …")});
  EXPECT_FALSE(loop.Push(WebAt({"10.0.0.3:80"})).ok());
  EXPECT_NE(testing::Difference(loop.kernel.tables().Observe(), before), "");
  loop.PollWhenDue();
  EXPECT_EQ(testing::Difference(loop.kernel.tables().Observe(), before), "");
  EXPECT_TRUE(loop->health().in_sync);
}

// Others.

TEST(TurnTest, ForeignCommitsBeforeAnyCallAreSurvived) {
  const size_t calls = CallsOfTheStory();
  for (size_t call = 0; call < calls; call += testing::kNextCall) {
    SCOPED_TRACE(absl::StrCat("call ", call));
    Loop loop;
    loop.kernel.BeforeCall(call, [&loop] { loop.kernel.CommitElsewhere(); });
    Live(loop);
    EXPECT_EQ(loop->health().drift_repairs, 0U);
  }
}

TEST(TurnTest, ForeignCommitsBeforeEveryCallAreSurvivedToo) {
  Loop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  const size_t call = loop.kernel.calls().size();
  for (size_t i = 0; i < 100; ++i) {
    loop.kernel.BeforeCall(call + i, [&loop] { loop.kernel.CommitElsewhere(); });
  }
  EXPECT_EQ(loop.Push(WebAt({"10.0.0.2:80"})).status(), absl::OkStatus());
  EXPECT_LT(loop.kernel.calls().size(), call + 30) << "does not try for ever";
  EXPECT_EQ(DifferenceAfterTurn(loop), "");
}

// As if docker or a script committed every few milliseconds.
TEST(TurnTest, AForeignCommitBetweenTheTwoCommitsOfAPushCostsNoLook) {
  Loop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  const size_t call = loop.kernel.calls().size();
  loop.kernel.BeforeCall(call + 1, [&loop] { loop.kernel.CommitElsewhere(); });
  ASSERT_EQ(loop.Push(WebAt({"10.0.0.2:80", "10.0.0.3:80"})).status(), absl::OkStatus());
  const auto first = loop.kernel.calls().begin() + static_cast<ptrdiff_t>(call);
  EXPECT_THAT(std::vector<Call>(first, loop.kernel.calls().end()),
              ElementsAre(Call::kCommit, Call::kCommit, Call::kCurrentGeneration, Call::kCommit));
  EXPECT_EQ(DifferenceFromDesired(loop), "");
}

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

TEST(TurnTest, TheDiskIsToldThatTheKernelDoesNotTakeIt) {
  Loop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  for (size_t call = 0; call < 50; ++call) {
    loop.kernel.FailCall(loop.kernel.calls().size() + call, {absl::InternalError("no")});
  }
  EXPECT_FALSE(loop.Push(WebAt({"10.0.0.2:80"})).ok());
  EXPECT_EQ(loop.state.begun, 0U);
  EXPECT_EQ(loop.state.saves, 0);
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
  EXPECT_EQ(DifferenceAfterTurn(loop), "");
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

TEST(TurnTest, AfterACleanupThatFailsTheRestIsDone) {
  Loop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  ASSERT_EQ(loop.Push(WebAt({"10.0.0.2:80", "10.0.0.3:80", "10.0.0.4:80"})).status(),
            absl::OkStatus());
  // New chains, then what counts, then the cleanup.
  loop.kernel.FailCall(loop.kernel.calls().size() + 2, {absl::InternalError("no")});
  ASSERT_EQ(loop.Push(WebAt({"10.0.0.2:80", "10.0.0.4:80"})).status(), absl::OkStatus());
  EXPECT_EQ(loop->revision(), 2U);
  EXPECT_EQ(DifferenceFromDesired(loop), "");
}

TEST(TurnTest, WhenTheSecondCommitOfAPushIsRefusedTheFirstIsTakenBack) {
  Loop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  const size_t call = loop.kernel.calls().size();
  // From memory, and once more from a look at the kernel.
  loop.kernel.FailCall(call + 1, {absl::InternalError("no"), false});
  loop.kernel.FailCall(call + 3, {absl::InternalError("no"), false});
  EXPECT_EQ(loop.Push(WebAt({"10.0.0.2:80"})).status().code(), absl::StatusCode::kInternal);
  EXPECT_THAT(loop->snapshot().services(), IsEmpty());
  loop.PollWhenDue();
  EXPECT_EQ(DifferenceAfterTurn(loop), "");
}

TEST(TurnTest, AForeignCommitCostsAPushNoLookAtTheKernelUntilThePoll) {
  Loop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  ASSERT_EQ(loop.Push(WebAt({"10.0.0.2:80"})).status(), absl::OkStatus());
  loop.kernel.CommitElsewhere();
  const size_t call = loop.kernel.calls().size();
  ASSERT_EQ(loop.Push(WebAt({"10.0.0.3:80"})).status(), absl::OkStatus());
  const auto first = loop.kernel.calls().begin() + static_cast<ptrdiff_t>(call);
  EXPECT_THAT(std::vector<Call>(first, loop.kernel.calls().end()),
              ElementsAre(Call::kCommit, Call::kCurrentGeneration, Call::kCommit));
  loop.PollWhenDue();
  EXPECT_EQ(loop.kernel.calls().back(), Call::kObserve) << "it may have been to our tables";
}

TEST(TurnTest, DriftUnderAPushIsFoundByThePushOrThePoll) {
  for (const Damage& damage : testing::AllDamages()) {
    SCOPED_TRACE(damage.name);
    testing::Random random(1);
    Loop loop;
    ASSERT_EQ(loop.Start(), absl::OkStatus());
    ASSERT_EQ(loop.Push(WebAt({"10.0.0.2:80", "10.0.0.3:80"})).status(), absl::OkStatus());
    loop.kernel.Tamper([&](FakeTables& tables) {
      damage.inflict(*tables.Table(base::Family::kIPv4), base::Family::kIPv4, random);
    });
    ASSERT_EQ(loop.Push(WebAt({"10.0.0.2:80", "10.0.0.4:80"})).status(), absl::OkStatus());
    loop.PollWhenDue();
    EXPECT_EQ(DifferenceAfterTurn(loop), "");
    EXPECT_TRUE(loop->health().in_sync);
  }
}

TEST(TurnTest, DriftBeforeAnyCallIsRepairedInTheEnd) {
  const size_t calls = CallsOfTheStory();
  for (size_t call = 2; call < calls; call += testing::kNextCall) {
    for (const Damage& damage : testing::AllDamages()) {
      SCOPED_TRACE(absl::StrCat("call ", call, ": ", damage.name));
      testing::Random random(call);
      Loop loop;
      for (const StepFunction& step : Story()) {
        const size_t before = loop.kernel.calls().size();
        if (before <= call) {
          loop.kernel.BeforeCall(call, [&] {
            loop.kernel.Tamper([&](FakeTables& tables) {
              auto* table = tables.Table(base::Family::kIPv4);
              const auto* endpoints = tables.Set(base::Family::kIPv4, nft::SetId::kEndpoints);
              if (endpoints == nullptr || endpoints->elements.empty()) return;
              damage.inflict(*table, base::Family::kIPv4, random);
            });
          });
        }
        ASSERT_EQ(step(loop), absl::OkStatus());
      }
      loop.PollWhenDue();
      EXPECT_EQ(DifferenceAfterTurn(loop), "");
      EXPECT_TRUE(loop->health().in_sync);
    }
  }
}

class DriftTest : public ::testing::TestWithParam<Damage> {};

TEST_P(DriftTest, IsRepairedAndCounted) {
  testing::Random random(1);
  Loop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  ASSERT_EQ(loop.Push(WebAt({"10.0.0.2:80", "10.0.0.3:80"})).status(), absl::OkStatus());
  loop.PollWhenDue();
  EXPECT_EQ(loop->health().drift_repairs, 0U);
  loop.kernel.Tamper([&](FakeTables& tables) {
    GetParam().inflict(*tables.Table(base::Family::kIPv4), base::Family::kIPv4, random);
  });
  ASSERT_NE(DifferenceAfterTurn(loop), "");
  loop.PollWhenDue();
  EXPECT_EQ(DifferenceAfterTurn(loop), "");
  EXPECT_EQ(loop->health().drift_repairs, 1U);
  EXPECT_THAT(loop->health().last_drift, HasSubstr("repaired by"));
  EXPECT_THAT(loop.log.back(), HasSubstr("somebody changed our tables"));
  loop.PollWhenDue();  // may look at what was not looked at
  const size_t calls = loop.kernel.calls().size();
  loop.PollWhenDue();
  EXPECT_EQ(loop.kernel.calls().size(), calls + 1) << "and then there is peace";
  EXPECT_EQ(loop->health().drift_repairs, 1U);
}

// The kernel tells numbers of elements; with them, what is wrong is found without reading the rest.
TEST(RepairTest, OnlySetsWithOtherNumbersOfElementsAreRead) {
  Loop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  ASSERT_EQ(loop.Push(WebAt({"10.0.0.2:80", "10.0.0.3:80"})).status(), absl::OkStatus());
  loop.PollWhenDue();
  loop.kernel.Tamper([](FakeTables& tables) {
    auto& table = *tables.Table(base::Family::kIPv4);
    auto& endpoints = table.sets.at("endpoints").elements;
    ASSERT_FALSE(endpoints.empty());
    endpoints.erase(endpoints.begin());
  });
  loop.PollWhenDue();
  EXPECT_EQ(loop->health().drift_repairs, 1U);
  EXPECT_EQ(DifferenceAfterTurn(loop), "");
  nft::SetChoice endpoints{};
  endpoints[0][static_cast<size_t>(nft::SetId::kEndpoints)] = true;
  EXPECT_EQ(loop.kernel.observed_sets().back(), endpoints);
  loop.PollWhenDue();
  EXPECT_EQ(loop.kernel.observed_sets().back(), nft::EverySet()) << "the rest, afterwards";
}

std::string DamageName(const ::testing::TestParamInfo<Damage>& info) {
  return absl::StrCat("Kind", info.index);
}

INSTANTIATE_TEST_SUITE_P(TurnTest, DriftTest, ::testing::ValuesIn(testing::AllDamages()),
                         DamageName);

// When others commit all the time, and looks at everything take long.
class BusyHostTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(loop_.Start(), absl::OkStatus());
    ASSERT_EQ(loop_.Push(WebAt({"10.0.0.2:80", "10.0.0.3:80"})).status(), absl::OkStatus());
    loop_.PollWhenDue();
    loop_.kernel.CommitElsewhere();
    loop_.kernel.BeforeCall(loop_.kernel.calls().size() + 2,  // behind generation and outline
                            [this] { loop_.now += kLook; });
    loop_.PollWhenDue();
    ASSERT_EQ(loop_.kernel.calls().back(), Call::kObserve);
  }

  static constexpr absl::Duration kLook = absl::Seconds(1);
  Loop loop_;
};

TEST_F(BusyHostTest, LooksAreRareAndOutlinesAreNot) {
  const size_t looks = loop_.kernel.CountOf(Call::kObserve);
  const absl::Time begin = loop_.now;
  int polls = 0;
  while (loop_.kernel.CountOf(Call::kObserve) == looks) {
    loop_.kernel.CommitElsewhere();
    loop_.PollWhenDue();
    ASSERT_LT(++polls, 100);
  }
  EXPECT_GE(loop_.now - begin, 20 * kLook);
  EXPECT_LE(loop_.now - begin, 22 * kLook);
  EXPECT_GT(polls, 15);
  EXPECT_TRUE(loop_->health().in_sync);
  EXPECT_EQ(loop_->health().drift_repairs, 0U);
}

TEST_F(BusyHostTest, MostDamagesAreFoundAtTheNextPoll) {
  size_t found_at_once = 0;
  for (const Damage& damage : testing::AllDamages()) {
    SCOPED_TRACE(damage.name);
    testing::Random random(1);
    loop_.kernel.Tamper([&](FakeTables& tables) {
      damage.inflict(*tables.Table(base::Family::kIPv4), base::Family::kIPv4, random);
    });
    const uint64_t repairs = loop_->health().drift_repairs;
    loop_.PollWhenDue();
    found_at_once += loop_->health().drift_repairs - repairs;
    // Others take as long as a look may be put off, and no foreign commit.
    for (int polls = 0; polls < 25; ++polls) loop_.PollWhenDue();
    EXPECT_EQ(loop_->health().drift_repairs, repairs + 1);
    EXPECT_EQ(DifferenceFromDesired(loop_), "");
    loop_.kernel.CommitElsewhere();
    loop_.kernel.BeforeCall(loop_.kernel.calls().size() + 2, [this] { loop_.now += kLook; });
    loop_.PollWhenDue();
  }
  EXPECT_GE(found_at_once + 6, testing::AllDamages().size());
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

// Polling.

TEST(PollTest, AsksForTheGenerationOnly) {
  Loop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  const size_t calls = loop.kernel.calls().size();
  loop.PollWhenDue();
  ASSERT_EQ(loop.kernel.calls().size(), calls + 1);
  EXPECT_EQ(loop.kernel.calls().back(), Call::kCurrentGeneration);
  EXPECT_EQ(loop->next_poll(), loop.now + loop->settings().drift_poll_interval);
}

TEST(PollTest, BeforeItsTimeDoesNothing) {
  Loop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  loop.PollWhenDue();
  const size_t calls = loop.kernel.calls().size();
  loop->Poll();
  EXPECT_EQ(loop.kernel.calls().size(), calls);
}

TEST(PollTest, LooksAtWhatIsOursOnlyWhenSomebodyCommittedSomething) {
  Loop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  loop.kernel.CommitElsewhere();
  loop.PollWhenDue();
  EXPECT_EQ(loop.kernel.calls().back(), Call::kObserve);
  EXPECT_EQ(loop->health().drift_repairs, 0U);
  EXPECT_EQ(loop->health().generation, loop.kernel.generation());
  loop.PollWhenDue();
  EXPECT_EQ(loop.kernel.calls().back(), Call::kCurrentGeneration);
}

TEST(PollTest, WaitsLongerAfterEachFailureInARow) {
  Loop loop;
  for (size_t i = 0; i < 100; ++i) loop.kernel.FailCall(i, {absl::UnavailableError("it failed")});
  EXPECT_FALSE(loop.Start().ok());
  std::vector<absl::Duration> waits;
  for (int i = 0; i < 11; ++i) {
    waits.push_back(loop->next_poll() - loop.now);
    EXPECT_THAT(loop->health().problem, HasSubstr("trying again in"));
    loop.PollWhenDue();
  }
  EXPECT_EQ(waits.front(), absl::Milliseconds(100));
  EXPECT_EQ(waits.back(), absl::Seconds(30));
  EXPECT_TRUE(std::is_sorted(waits.begin(), waits.end()));
}

TEST(PollTest, ComesInTimeHoweverOftenAPushFails) {
  Loop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  const auto fail = [&] {
    loop.kernel.FailCall(loop.kernel.calls().size(), {absl::UnavailableError("no memory")});
    EXPECT_FALSE(loop.Push(testing::WebAt({"10.0.0.2:80"})).ok());
    EXPECT_FALSE(loop->health().in_sync);
  };
  // The commit fails, and so does the look at the kernel after it.
  loop.kernel.FailCall(loop.kernel.calls().size() + 1, {absl::UnavailableError("no memory")});
  fail();
  const absl::Time due = loop->next_poll();
  for (int i = 0; i < 9; ++i) {
    loop.now += absl::Milliseconds(10);
    fail();
    EXPECT_EQ(loop->next_poll(), due);
  }
  loop.PollWhenDue();
  EXPECT_TRUE(loop->health().in_sync);
}

TEST(PollTest, AFailureToAskIsNotInSync) {
  Loop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  loop.kernel.FailCall(loop.kernel.calls().size(), {absl::UnavailableError("read generation: …")});
  loop.PollWhenDue();
  EXPECT_FALSE(loop->health().in_sync);
  EXPECT_THAT(loop->health().problem, Not(IsEmpty()));
  loop.PollWhenDue();
  EXPECT_TRUE(loop->health().in_sync);
  EXPECT_THAT(loop->health().problem, IsEmpty());
}

}  // namespace
}  // namespace nftsvc::reconcile
