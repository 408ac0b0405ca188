// SPDX-License-Identifier: Apache-2.0
#include "src/control/system_error.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace nftsvc::control {
namespace {

TEST(SystemErrorTest, SaysWhatFailedAndWhyInLowerCase) {
  EXPECT_EQ(SystemError(ENOENT, "connect /run/x.sock"),
            absl::NotFoundError("connect /run/x.sock: no such file or directory"));
  EXPECT_EQ(SystemError(EACCES, "open /x").code(), absl::StatusCode::kPermissionDenied);
}

}  // namespace
}  // namespace nftsvc::control
