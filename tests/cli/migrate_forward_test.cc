// SPDX-License-Identifier: Apache-2.0
//
// What needs no kernel; tests/kernel/migrate_test.py has the rest.
#include <gtest/gtest.h>

#include "src/cli/nft_check.h"
#include "tests/cli/cli_run.h"

namespace nftsvc::cli {
namespace {

TEST(MigrateForwardTest, WithoutChainsOfKubeProxyTheDaemonIsNotAsked) {
  ASSERT_EQ(EnterPrivateNetwork(), absl::OkStatus());
  const CliRun run("", {"migrate", "--execute"});
  EXPECT_EQ(run.code, kFailed);
  EXPECT_EQ(run.requests, 0);
  EXPECT_NE(run.err, "");
}

}  // namespace
}  // namespace nftsvc::cli
