// SPDX-License-Identifier: Apache-2.0
//
// What needs no kernel; tests/kernel/iptables_test.py has the rest.
#include <gmock/gmock.h>

#include "tests/cli/cli_run.h"

namespace nftsvc::cli {
namespace {

using ::testing::HasSubstr;

TEST(IptablesTest, OptionsThatDoNotExistAreUsage) {
  EXPECT_EQ(CliRun("", {"iptables"}).code, kUsage);
  EXPECT_EQ(CliRun("", {"iptables", "apply"}).code, kUsage);
  EXPECT_EQ(CliRun("", {"iptables", "apply", "--family", "inet", "-"}).code, kUsage);
  EXPECT_EQ(CliRun("", {"iptables", "apply", "--backend", "ebtables", "-"}).code, kUsage);
  EXPECT_EQ(CliRun("", {"iptables", "remove", "services.textproto"}).code, kUsage);
}

TEST(IptablesTest, AMissingFileIsNamed) {
  const CliRun run("", {"iptables", "diff", "/nowhere/services.textproto"});
  EXPECT_EQ(run.code, kFailed);
  EXPECT_THAT(run.err, HasSubstr("/nowhere/services.textproto"));
}

}  // namespace
}  // namespace nftsvc::cli
