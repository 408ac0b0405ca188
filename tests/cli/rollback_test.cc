// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "tests/cli/cli_run.h"

namespace nftsvc::cli {
namespace {

constexpr char kRolledBack[] = "push { revision: 7 services: 3 services_removed: 1 operations: 4 }";

TEST(RollbackTest, GoesBackToTheOneBefore) {
  const CliRun run(kRolledBack, {"rollback"});
  EXPECT_EQ(run.code, kDone) << run.err;
  EXPECT_TRUE(run.request.has_rollback());
  EXPECT_FALSE(run.request.rollback().has_revision());
  EXPECT_FALSE(run.request.rollback().dry_run());
  EXPECT_EQ(run.out, "revision 7: 3 services, 0 added, 0 changed, 1 removed, 4 operations\n");
}

TEST(RollbackTest, GoesBackToARevision) {
  const CliRun run(kRolledBack, {"rollback", "0"});
  EXPECT_TRUE(run.request.rollback().has_revision());
  EXPECT_EQ(run.request.rollback().revision(), 0u);
}

TEST(RollbackTest, ADryRunShowsTheChanges) {
  const CliRun run(R"pb(push { revision: 7 services_added: 1 service_changes: "+ default/web" })pb",
                   {"rollback", "--dry-run", "5"});
  EXPECT_TRUE(run.request.rollback().dry_run());
  EXPECT_TRUE(run.request.rollback().want_changes());
  EXPECT_EQ(run.out,
            "+ default/web\n"
            "revision 7: 0 services, 1 added, 0 changed, 0 removed, 0 operations\n"
            "dry run: nothing was changed\n");
}

TEST(RollbackTest, ARevisionThatIsNotKeptFails) {
  const CliRun run(R"pb(error { code: NOT_FOUND message: "revision 2 is not kept" })pb",
                   {"rollback", "2"});
  EXPECT_EQ(run.code, kFailed);
  EXPECT_EQ(run.err, "nftsvc: revision 2 is not kept\n");
}

TEST(RollbackTest, WhatIsNoRevisionIsWrongUsage) {
  const CliRun run(kRolledBack, {"rollback", "yesterday"});
  EXPECT_EQ(run.code, kUsage);
  EXPECT_EQ(run.requests, 0);
}

}  // namespace
}  // namespace nftsvc::cli
