// SPDX-License-Identifier: Apache-2.0
//
// Random lives of the loop, in which any call of the kernel's fails with any code: it says so,
// waits no longer than it should, and gets there in the end.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "src/nft/compile.h"
#include "src/reconcile/reconciler.h"
#include "tests/support/cases.h"
#include "tests/support/damage.h"
#include "tests/support/difference.h"
#include "tests/support/loop.h"
#include "tests/support/random.h"
#include "tests/support/random_world.h"

namespace nftsvc::reconcile {
namespace {

using testing::Cases;
using testing::FakeTables;
using testing::Loop;
using testing::Random;
using testing::RandomWorld;

constexpr absl::Duration kLongestWait = absl::Seconds(30);

// Any code may be wrong about nothing being done.
testing::FakeKernel::Fault RandomFault(Random& random) {
  static const auto& codes = *new std::vector<absl::StatusCode>{
      absl::StatusCode::kAborted,       absl::StatusCode::kDeadlineExceeded,
      absl::StatusCode::kUnknown,       absl::StatusCode::kResourceExhausted,
      absl::StatusCode::kNotFound,      absl::StatusCode::kAlreadyExists,
      absl::StatusCode::kOutOfRange,    absl::StatusCode::kFailedPrecondition,
      absl::StatusCode::kUnimplemented, absl::StatusCode::kInternal,
      absl::StatusCode::kUnavailable,   absl::StatusCode::kPermissionDenied};
  const absl::StatusCode code = random.Pick(codes);
  return {absl::Status(code, "it failed"), /*applied=*/random.OneIn(2)};
}

class RandomLife {
 public:
  explicit RandomLife(uint64_t seed)
      : world_(seed), random_(seed + 1), loop_(testing::RandomSettings(world_)) {}

  void Run(int steps) {
    PlanFaults();
    (void)loop_.Start();
    ExpectItToBeHonest();
    for (int step = 0; step < steps; ++step) {
      SCOPED_TRACE(absl::StrCat("step ", step));
      PlanFaults();
      Step();
      ExpectItToBeHonest();
    }
    Recover();
  }

 private:
  // For some of the calls that come next.
  void PlanFaults() {
    const size_t next = loop_.kernel.calls().size();
    for (size_t call = next; call < next + 12; ++call) {
      if (random_.OneIn(6)) {
        loop_.kernel.FailCall(call, RandomFault(random_));
      } else {
        loop_.kernel.FailCall(call, {absl::OkStatus()});
      }
    }
  }

  void Step() {
    switch (random_.Below(6)) {
      case 0:
      case 1:
        return Push();
      case 2:
        loop_.now += absl::Milliseconds(random_.Below(3000));
        return loop_->Poll();
      case 3:
        return loop_.PollWhenDue();
      case 4:
        return loop_.kernel.CommitElsewhere();
      default:
        return Tamper();
    }
  }

  void Push() {
    const uint64_t revision = loop_->revision();
    const std::string routes = forwarding::Print(loop_->table());
    const auto report = loop_.Push(random_.OneIn(3) ? world_.Add(loop_->snapshot(), 3)
                                                    : world_.Change(loop_->snapshot()));
    if (report.ok()) {
      EXPECT_EQ(report->revision, loop_->revision());
      EXPECT_LE(loop_->revision(), revision + 1);
    } else {
      EXPECT_EQ(loop_->revision(), revision);
      EXPECT_EQ(forwarding::Print(loop_->table()), routes) << "a failed push changed the table";
    }
  }

  void Tamper() {
    tampered_ = true;
    loop_.kernel.Tamper([](FakeTables& tables) { tables.tables[0].reset(); });
  }

  void ExpectItToBeHonest() {
    const Health& health = loop_->health();
    EXPECT_EQ(health.in_sync, health.problem.empty());
    EXPECT_LE(loop_->next_poll() - loop_.now, kLongestWait);
    if (!health.in_sync) {
      EXPECT_NE(health.problem.find("trying again in "), std::string::npos);
      tampered_ = false;  // a look comes before it says so again
    } else if (!tampered_) {
      EXPECT_EQ(Missing(), "") << "claims to be in sync";
    }
  }

  // No more faults.
  void Recover() {
    const size_t next = loop_.kernel.calls().size();
    for (size_t call = next; call < next + 12; ++call) {
      loop_.kernel.FailCall(call, {absl::OkStatus()});
    }
    for (int polls = 0; polls < 4; ++polls) loop_.PollWhenDue();
    EXPECT_TRUE(loop_->health().in_sync) << loop_->health().problem;
    EXPECT_EQ(Missing(), "");
  }

  std::string Missing() {
    return testing::DifferenceButForSpares(loop_.kernel.tables().Observe(),
                                           nft::Compile(loop_->table(), loop_->settings().options),
                                           loop_->settings());
  }

  RandomWorld world_;
  Random random_;
  Loop loop_;
  bool tampered_ = false;
};

TEST(RandomFaultsTest, TheLoopConverges) {
  for (uint64_t seed = 1; seed <= Cases(300); ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    RandomLife(seed).Run(25);
    if (::testing::Test::HasFailure()) return;
  }
}

// Whatever fails for ever, the next attempt is never further away than half a minute, and status
// tells when.
TEST(RandomFaultsTest, TheWaitGrowsToItsLimitAndIsShown) {
  Loop loop;
  for (size_t call = 0; call < 100; ++call) {
    loop.kernel.FailCall(call, {absl::UnavailableError("it failed")});
  }
  EXPECT_FALSE(loop.Start().ok());
  absl::Duration before;
  for (int failure = 0; failure < 20; ++failure) {
    const absl::Duration wait = loop->next_poll() - loop.now;
    EXPECT_GE(wait, before);
    EXPECT_LE(wait, kLongestWait);
    EXPECT_NE(loop->health().problem.find(absl::FormatDuration(wait)), std::string::npos)
        << loop->health().problem;
    before = wait;
    loop.PollWhenDue();
  }
  EXPECT_EQ(before, kLongestWait);
}

}  // namespace
}  // namespace nftsvc::reconcile
