// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "tests/cli/cli_run.h"

namespace nftsvc::cli {
namespace {

using ::testing::HasSubstr;

constexpr char kTwoEntries[] = R"pb(
  history {
    entries {
      revision: 12
      time: "2026-11-28T01:00:00Z"
      action: "push"
      pid: 4711
      uid: 1000
      services_added: 1
      services_changed: 2
      services: 40
      confirm_until: "2026-11-28T01:00:30Z"
    }
    entries {
      revision: 9
      time: "2026-11-27T01:00:00Z"
      action: "rollback to 4"
      pid: 12
      services_removed: 3
      services: 39
    }
  })pb";

TEST(HistoryTest, ListsTheSnapshotsWithTheirMakers) {
  const CliRun run(kTwoEntries, {"history"});
  EXPECT_EQ(run.code, kDone) << run.err;
  EXPECT_TRUE(run.request.has_history());
  EXPECT_EQ(
      run.out,
      "REVISION  TIME                  ADDED  CHANGED  REMOVED  SERVICES  BY                 "
      "ACTION\n"
      "      12  2026-11-28T01:00:00Z      1        2        0        40  uid 1000 pid 4711  push, "
      "until 2026-11-28T01:00:30Z to be confirmed\n"
      "       9  2026-11-27T01:00:00Z      0        0        3        39  uid 0 pid 12       "
      "rollback to 4\n");
}

TEST(HistoryTest, JsonIsTheResultItself) {
  const CliRun run(kTwoEntries, {"--output", "json", "history"});
  EXPECT_EQ(run.code, kDone) << run.err;
  EXPECT_THAT(run.out, HasSubstr("\"action\": \"rollback to 4\""));
}

}  // namespace
}  // namespace nftsvc::cli
