// SPDX-License-Identifier: Apache-2.0
//
// What needs no kernel; tests/kernel/migrate_test.py has the rest.
#include <gmock/gmock.h>

#include "tests/cli/cli_run.h"

namespace nftsvc::cli {
namespace {

using ::testing::HasSubstr;

TEST(MigrateBackTest, AsksTheDaemonFirst) {
  const CliRun run("error { message: \"not today\" }",
                   {"migrate", "--back", "--config", "/nowhere", "--execute"});
  EXPECT_EQ(run.code, kFailed);
  EXPECT_TRUE(run.request.has_get());
  EXPECT_EQ(run.requests, 1);
  EXPECT_THAT(run.err, HasSubstr("not today"));
}

}  // namespace
}  // namespace nftsvc::cli
