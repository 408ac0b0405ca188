// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "tests/cli/cli_run.h"

// What needs no kernel; tests/kernel/trace_test.py has the rest.
namespace nftsvc::cli {
namespace {

using ::testing::HasSubstr;

TEST(TraceTest, ADestinationThatIsNoneIsUsageAndAsksNobody) {
  const CliRun run("", {"trace", "10.0.0.1:80"});
  EXPECT_EQ(run.code, kUsage);
  EXPECT_EQ(run.requests, 0);
  EXPECT_THAT(run.err, HasSubstr("\"10.0.0.1:80\" has no protocol"));
}

TEST(TraceTest, ASourceOfAnotherFamilyIsUsage) {
  for (const char* source : {"fd00::1", "nonsense"}) {
    const CliRun run("", {"trace", "--from", source, "10.0.0.1:80/tcp"});
    EXPECT_EQ(run.code, kUsage);
    EXPECT_THAT(run.err, HasSubstr("is not an address of the destination's family"));
  }
}

}  // namespace
}  // namespace nftsvc::cli
