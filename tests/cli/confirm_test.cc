// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "tests/cli/cli_run.h"

namespace nftsvc::cli {
namespace {

TEST(ConfirmTest, ConfirmsWhicheverPushWaits) {
  const CliRun run("confirm { revision: 7 }", {"confirm"});
  EXPECT_EQ(run.code, kDone) << run.err;
  EXPECT_EQ(run.request.confirm().revision(), 0u);
  EXPECT_EQ(run.out, "revision 7 stays\n");
}

TEST(ConfirmTest, ConfirmsOnlyTheRevisionThatIsMeant) {
  const CliRun run(R"pb(error { code: UNCONFIRMED message: "none waits" })pb", {"confirm", "7"});
  EXPECT_EQ(run.request.confirm().revision(), 7u);
  EXPECT_EQ(run.code, kFailed);
  EXPECT_EQ(run.err, "nftsvc: none waits\n");
}

TEST(ConfirmTest, APushSaysHowLongItWaits) {
  const CliRun run(R"pb(push { revision: 7 services: 1 confirm_until: "2026-11-28T01:00:30Z" })pb",
                   {"push", "--confirm-within", "1m30s", "-"}, R"pb(services { name: "web" })pb");
  EXPECT_EQ(run.request.push().confirm_within_ms(), 90'000u);
  EXPECT_EQ(run.out,
            "revision 7: 1 service, nothing to change\n"
            "taken back at 2026-11-28T01:00:30Z unless `nftsvc confirm` comes\n");
}

TEST(ConfirmTest, TimesThatMakeNoSenseAreWrongUsage) {
  for (const char* text : {"30", "0s", "999ms", "-5s", "25h", "inf", "soon"}) {
    const CliRun run("push {}", {"push", "--confirm-within", text, "-"});
    EXPECT_EQ(run.code, kUsage) << text;
    EXPECT_EQ(run.requests, 0) << text;
  }
}

}  // namespace
}  // namespace nftsvc::cli
