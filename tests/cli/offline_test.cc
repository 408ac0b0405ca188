// SPDX-License-Identifier: Apache-2.0
#include "src/cli/offline.h"

#include <gmock/gmock.h>

#include "tests/cli/cli_run.h"

namespace nftsvc::cli {
namespace {

using ::testing::HasSubstr;

TEST(OfflineTest, ARefusalCountsAllMistakes) {
  const v1::Error error = Refusal({{.path = "a", .message = "b", .service = "c"}}, 2, "do this");
  EXPECT_EQ(error.message(), "do this: 3 mistakes");
  EXPECT_EQ(error.issues_size(), 1);
  EXPECT_EQ(error.issues_left_off(), 2U);
}

// What `compile` and `iptables` have in common.
TEST(OfflineTest, MistakesOfTheSnapshotAreReported) {
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"compile", "-"}, {"iptables", "diff", "-"}}) {
    const CliRun run("", command, "services { name: \"web\" ports { protocol: TCP } }");
    EXPECT_EQ(run.code, kFailed);
    EXPECT_THAT(run.err, HasSubstr("services[0].ports[0].port: 0 is not a port"));
    EXPECT_EQ(run.requests, 0);
  }
}

TEST(OfflineTest, AConfigurationThatCannotBeReadIsAFailure) {
  const CliRun run("", {"compile", "--config", "/nowhere/nftsvcd.textproto", "-"}, "");
  EXPECT_EQ(run.code, kFailed);
  EXPECT_THAT(run.err, HasSubstr("/nowhere/nftsvcd.textproto"));
}

}  // namespace
}  // namespace nftsvc::cli
