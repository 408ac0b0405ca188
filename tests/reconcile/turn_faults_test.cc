// SPDX-License-Identifier: Apache-2.0
//
// The loop against a kernel that fails.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "src/forwarding/routes.h"
#include "src/nft/compile.h"
#include "src/reconcile/reconciler.h"
#include "tests/reconcile/story.h"
#include "tests/support/cases.h"
#include "tests/support/difference.h"
#include "tests/support/loop.h"

namespace nftsvc::reconcile {
namespace {

using ::testing::IsEmpty;
using testing::Loop;
using testing::WebAt;
using Call = testing::FakeKernel::Call;

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

INSTANTIATE_TEST_SUITE_P(TurnFaultsTest, FaultTest, ::testing::ValuesIn(Codes()), CodeName);
INSTANTIATE_TEST_SUITE_P(TurnFaultsTest, AppliedFaultTest,
                         ::testing::ValuesIn(Codes().begin() + 1, Codes().end()), CodeName);

TEST(TurnFaultsTest, AfterAnUnknownOutcomeNothingIsCommittedBeforeALook) {
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
      EXPECT_EQ(DifferenceFromDesired(loop), "");
    }
  }
}

TEST(TurnFaultsTest, AFailedPushLeavesTheOldSnapshotEnforced) {
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

// Health checks would send clients elsewhere while it forwards as before.
TEST(TurnFaultsTest, WhoPushesWhatTheKernelRefusesPutsNothingOutOfSync) {
  Loop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  ASSERT_EQ(loop.Push(WebAt({"10.0.0.2:80"})).status(), absl::OkStatus());
  loop.kernel.RefuseTransactionsWith("10.0.0.3");
  for (int i = 1; i <= 3; ++i) {
    EXPECT_EQ(loop.Push(WebAt({"10.0.0.3:80", "10.0.0.4:80"})).status().code(),
              absl::StatusCode::kUnimplemented);
    EXPECT_TRUE(loop->health().in_sync);
    EXPECT_EQ(loop->health().problem, "");
    EXPECT_EQ(loop->health().failures, static_cast<uint64_t>(i));
    EXPECT_EQ(DifferenceFromDesired(loop), "");
  }
  EXPECT_EQ(loop->revision(), 1U);
}

TEST(TurnFaultsTest, WhatAFailedPushLeftInTheKernelIsTakenBackAtOnce) {
  Loop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  ASSERT_EQ(loop.Push(WebAt({"10.0.0.2:80"})).status(), absl::OkStatus());
  const nft::Ruleset before = nft::Compile(loop->table(), {});
  const size_t call = loop.kernel.calls().size();
  loop.kernel.FailCall(call, {absl::DeadlineExceededError("commit: no answer"), /*applied=*/true});
  loop.kernel.FailCall(call + 1, {absl::UnavailableError("list ruleset: …")});
  EXPECT_FALSE(loop.Push(WebAt({"10.0.0.3:80"})).ok());
  EXPECT_EQ(testing::Difference(loop.kernel.tables().Observe(), before), "");
  EXPECT_TRUE(loop->health().in_sync);
}

TEST(TurnFaultsTest, WhatCannotBeTakenBackAtOnceIsTakenBackByThePoll) {
  Loop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  ASSERT_EQ(loop.Push(WebAt({"10.0.0.2:80"})).status(), absl::OkStatus());
  const nft::Ruleset before = nft::Compile(loop->table(), {});
  const size_t call = loop.kernel.calls().size();
  loop.kernel.FailCall(call, {absl::DeadlineExceededError("commit: no answer"), /*applied=*/true});
  loop.kernel.FailCall(call + 1, {absl::UnavailableError("list ruleset: …")});
  loop.kernel.FailCall(call + 2, {absl::UnavailableError("list ruleset: …")});
  EXPECT_FALSE(loop.Push(WebAt({"10.0.0.3:80"})).ok());
  EXPECT_FALSE(loop->health().in_sync);
  EXPECT_NE(testing::Difference(loop.kernel.tables().Observe(), before), "");
  loop.PollWhenDue();
  EXPECT_EQ(testing::Difference(loop.kernel.tables().Observe(), before), "");
  EXPECT_TRUE(loop->health().in_sync);
}

TEST(TurnFaultsTest, AfterACleanupThatFailsTheRestIsDone) {
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

TEST(TurnFaultsTest, WhenTheSecondCommitOfAPushIsRefusedTheFirstIsTakenBack) {
  Loop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  const size_t call = loop.kernel.calls().size();
  // From memory, and once more from a look at the kernel.
  loop.kernel.FailCall(call + 1, {absl::InternalError("no"), false});
  loop.kernel.FailCall(call + 3, {absl::InternalError("no"), false});
  EXPECT_EQ(loop.Push(WebAt({"10.0.0.2:80"})).status().code(), absl::StatusCode::kInternal);
  EXPECT_THAT(loop->snapshot().services(), IsEmpty());
  loop.PollWhenDue();
  EXPECT_EQ(DifferenceFromDesired(loop), "");
}

TEST(TurnFaultsTest, TheDiskIsToldThatTheKernelDoesNotTakeIt) {
  Loop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  for (size_t call = 0; call < 50; ++call) {
    loop.kernel.FailCall(loop.kernel.calls().size() + call, {absl::InternalError("no")});
  }
  EXPECT_FALSE(loop.Push(WebAt({"10.0.0.2:80"})).ok());
  EXPECT_EQ(loop.state.begun, 0U);
  EXPECT_EQ(loop.state.saves, 0);
}

}  // namespace
}  // namespace nftsvc::reconcile
