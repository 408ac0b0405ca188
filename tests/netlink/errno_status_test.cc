// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/errno_status.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace nftsvc::netlink {
namespace {

TEST(ErrnoStatusTest, SaysWhatTheSystemSaysInLowerCase) {
  const absl::Status status = ErrnoStatus(ENOENT, "read the book");
  EXPECT_EQ(status, absl::NotFoundError("read the book: no such file or directory"));
}

TEST(ErrnoStatusTest, SpeaksOfSetsAndGenerationsWhereTheSystemSpeaksOfFilesAndCalls) {
  EXPECT_EQ(ErrnoText(ENFILE), "the set is full");
  EXPECT_EQ(ErrnoText(ERESTART), "somebody else changed the kernel's ruleset meanwhile");
  EXPECT_EQ(ErrnoText(524), "operation not supported");
}

// The codes that mean an unknown outcome (reconcile::RulesetStore) are for lost replies alone.
TEST(ErrnoStatusTest, OnlyLostRepliesLeaveTheOutcomeOpen) {
  for (int error = 1; error < 600; ++error) {
    const absl::StatusCode code = CodeOf(error);
    const bool open = code == absl::StatusCode::kDeadlineExceeded ||
                      code == absl::StatusCode::kResourceExhausted ||
                      code == absl::StatusCode::kUnknown;
    EXPECT_EQ(open, error == ENOBUFS || error == ETIMEDOUT) << error;
    EXPECT_NE(code, absl::StatusCode::kOk) << error;
  }
}

TEST(ErrnoStatusTest, OnlyAStaleGenerationIsAborted) {
  for (int error = 1; error < 600; ++error) {
    EXPECT_EQ(CodeOf(error) == absl::StatusCode::kAborted, error == ERESTART) << error;
  }
}

TEST(ErrnoStatusTest, TellsTheRefusalsApart) {
  EXPECT_EQ(CodeOf(EPERM), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(CodeOf(EEXIST), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(CodeOf(EBUSY), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(CodeOf(EMSGSIZE), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(CodeOf(ENFILE), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(CodeOf(EOPNOTSUPP), absl::StatusCode::kUnimplemented);
  EXPECT_EQ(CodeOf(EINVAL), absl::StatusCode::kInternal);
}

TEST(ErrnoStatusTest, APartOfATaskKeepsItsCode) {
  EXPECT_EQ(While("commit", absl::OutOfRangeError("send: too long")),
            absl::OutOfRangeError("commit: send: too long"));
  EXPECT_TRUE(While("commit", absl::OkStatus()).ok());
}

}  // namespace
}  // namespace nftsvc::netlink
