// SPDX-License-Identifier: Apache-2.0
#include "src/reconcile/snapshot_saver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/fake_state_store.h"

namespace nftsvc::reconcile {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(SnapshotSaverTest, FailuresAreTriedAgainEverLaterAndSaidOnce) {
  testing::FakeStateStore state;
  absl::Time now = absl::UnixEpoch();
  std::vector<std::string> said;
  SnapshotSaver saver(
      state, [&] { return now; },
      [&](base::Severity, absl::string_view line) { said.emplace_back(line); });
  EXPECT_EQ(saver.next_save().time(), absl::InfiniteFuture());

  state.status = absl::UnavailableError("write state: no space");
  absl::Duration last = absl::ZeroDuration();
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(saver.Save(7, {}, {}), state.status);
    EXPECT_EQ(saver.problem(), "write state: no space");
    const absl::Duration wait = saver.next_save().time() - now;
    EXPECT_GT(wait, last);
    last = wait;
    now = saver.next_save().time();
  }
  state.status = absl::OkStatus();
  EXPECT_EQ(saver.Save(7, {}, {}), absl::OkStatus());
  EXPECT_EQ(saver.problem(), "");
  EXPECT_EQ(saver.next_save().time(), absl::InfiniteFuture());
  EXPECT_EQ(saver.Save(8, {}, {}), absl::OkStatus());
  EXPECT_THAT(
      said, ElementsAre(HasSubstr("will not know revision 7"), "the snapshot can be saved again"));
}

}  // namespace
}  // namespace nftsvc::reconcile
