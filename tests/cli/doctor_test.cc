// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "tests/cli/cli_run.h"

namespace nftsvc::cli {
namespace {

using ::testing::HasSubstr;

// What it says of the host that runs the test is the host's affair.
TEST(DoctorTest, ADaemonThatIsNotThereIsBroken) {
  const absl::StatusOr<v1::Response> nobody = absl::NotFoundError("connect /a: nobody there");
  const CliRun run(nobody, {"--socket", "/a", "doctor"});
  EXPECT_EQ(run.code, kFailed);
  EXPECT_THAT(run.out, HasSubstr("BROKEN   daemon"));
  EXPECT_THAT(run.out, HasSubstr("connect /a: nobody there"));
}

TEST(DoctorTest, JsonHoldsTheFindings) {
  const CliRun run("status { in_sync: true revision: 7 }", {"--output", "json", "doctor"});
  EXPECT_EQ(run.requests, 1);
  EXPECT_THAT(run.out, HasSubstr("\"findings\": ["));
  EXPECT_THAT(run.out, HasSubstr("in sync, revision 7"));
}

}  // namespace
}  // namespace nftsvc::cli
