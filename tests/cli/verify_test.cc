// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "src/cli/nft_check.h"
#include "tests/cli/cli_run.h"

// In a network namespace without our tables, so that only the daemon's answer counts.
namespace nftsvc::cli {
namespace {

class VerifyTest : public testing::Test {
 protected:
  void SetUp() override {
    const absl::Status status = EnterPrivateNetwork();
    ASSERT_TRUE(status.ok()) << status;
  }
};

TEST_F(VerifyTest, InSyncIsDone) {
  const CliRun run("verify { in_sync: true }", {"verify"});
  EXPECT_EQ(run.code, kDone);
  EXPECT_EQ(run.out, "in sync: the kernel holds what the snapshot says\n");
  EXPECT_EQ(run.err,
            "warning: not checked whether the listing loads again: this network namespace has no "
            "table nftsvc\n");
}

TEST_F(VerifyTest, DriftPrintsTheRepairAndFails) {
  const CliRun run(
      R"pb(verify { differences: "add chain ip nftsvc services" differences_left_off: 3 })pb",
      {"verify"});
  EXPECT_EQ(run.code, kFailed);
  EXPECT_EQ(run.out,
            "drift: these commands would make the kernel right\n"
            "  add chain ip nftsvc services\n"
            "  and 3 more\n");
}

}  // namespace
}  // namespace nftsvc::cli
