// SPDX-License-Identifier: Apache-2.0
//
// What needs no kernel; tests/kernel/migrate_test.py has the rest.
#include <gtest/gtest.h>

#include "tests/cli/cli_run.h"

namespace nftsvc::cli {
namespace {

TEST(MigrateTest, OptionsThatDoNotFitAreUsage) {
  EXPECT_EQ(CliRun("", {"migrate", "--back"}).code, kUsage);
  EXPECT_EQ(CliRun("", {"migrate", "--config", "nftsvcd.textproto"}).code, kUsage);
  EXPECT_EQ(CliRun("", {"migrate", "--backend", "default"}).code, kUsage);
  EXPECT_EQ(CliRun("", {"migrate", "--back", "--config", "c", "--node", "a"}).code, kUsage);
}

}  // namespace
}  // namespace nftsvc::cli
