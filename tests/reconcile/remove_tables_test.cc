// SPDX-License-Identifier: Apache-2.0
#include "src/reconcile/remove_tables.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/loop.h"

namespace nftsvc::reconcile {
namespace {

using ::testing::SizeIs;
using Call = testing::FakeKernel::Call;

bool HasNoTables(const testing::FakeKernel& kernel) {
  return !kernel.tables().tables[0] && !kernel.tables().tables[1];
}

TEST(RemoveTablesTest, BothGoInOneTransaction) {
  testing::Loop loop;
  ASSERT_TRUE(loop.Start().ok());
  ASSERT_FALSE(HasNoTables(loop.kernel));
  const size_t commits = loop.kernel.committed().size();
  EXPECT_TRUE(RemoveTables(loop.kernel).ok());
  EXPECT_TRUE(HasNoTables(loop.kernel));
  EXPECT_THAT(loop.kernel.committed(), SizeIs(commits + 1));
}

TEST(RemoveTablesTest, NothingThereIsNothingToDo) {
  testing::FakeKernel kernel;
  EXPECT_TRUE(RemoveTables(kernel).ok());
  EXPECT_EQ(kernel.CountOf(Call::kCommit), 0u);
}

TEST(RemoveTablesTest, ATableOfSomebodyElseKeepsBoth) {
  testing::Loop loop;
  ASSERT_TRUE(loop.Start().ok());
  loop.kernel.Tamper([](testing::FakeTables& tables) { tables.tables[1]->ours = false; });
  EXPECT_EQ(RemoveTables(loop.kernel),
            absl::FailedPreconditionError("remove table ip6 nftsvc: it was not made by nftsvcd"));
  EXPECT_TRUE(loop.kernel.tables().tables[0]);
}

TEST(RemoveTablesTest, ACommitOfSomebodyElseInBetweenIsNoReasonToFail) {
  testing::Loop loop;
  ASSERT_TRUE(loop.Start().ok());
  loop.kernel.BeforeCall(loop.kernel.calls().size() + 1, [&] { loop.kernel.CommitElsewhere(); });
  EXPECT_TRUE(RemoveTables(loop.kernel).ok());
  EXPECT_TRUE(HasNoTables(loop.kernel));
}

TEST(RemoveTablesTest, GivesUpIfOthersCommitEveryTime) {
  testing::Loop loop;
  ASSERT_TRUE(loop.Start().ok());
  for (size_t call = 0; call < 100; ++call) {
    loop.kernel.BeforeCall(loop.kernel.calls().size() + call,
                           [&] { loop.kernel.CommitElsewhere(); });
  }
  EXPECT_TRUE(absl::IsAborted(RemoveTables(loop.kernel)));
}

TEST(RemoveTablesTest, WhatTheKernelRefusesIsTold) {
  testing::FakeKernel kernel;
  kernel.FailCall(0, {absl::PermissionDeniedError("observe: operation not permitted")});
  EXPECT_EQ(RemoveTables(kernel), absl::PermissionDeniedError("observe: operation not permitted"));
}

}  // namespace
}  // namespace nftsvc::reconcile
