// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "tests/cli/cli_run.h"

namespace nftsvc::cli {
namespace {

using ::testing::HasSubstr;

TEST(RunTest, WithoutACommandItIsUsageAndSaysSo) {
  const CliRun run("", {});
  EXPECT_EQ(run.code, kUsage);
  EXPECT_THAT(run.err, HasSubstr("A subcommand is required"));
}

TEST(RunTest, HelpNamesEveryCommandAndSucceeds) {
  const CliRun run("", {"--help"});
  EXPECT_EQ(run.code, kDone);
  for (const char* command :
       {"push", "diff", "get", "list", "status", "verify", "explain", "compile"}) {
    EXPECT_THAT(run.out, HasSubstr(command));
  }
  EXPECT_THAT(run.out, HasSubstr("Exit codes"));
}

TEST(RunTest, EveryCommandHasHelpWithAnExampleOrItsExitCodes) {
  for (const char* command :
       {"push", "diff", "get", "list", "status", "verify", "explain", "compile"}) {
    const CliRun run("", {command, "--help"});
    EXPECT_EQ(run.code, kDone) << command;
    EXPECT_THAT(run.out, testing::ContainsRegex("Examples:\n  nftsvc|Exit code")) << command;
    EXPECT_EQ(run.requests, 0) << command;
  }
}

TEST(RunTest, VersionIsPrinted) {
  const CliRun run("", {"--version"});
  EXPECT_EQ(run.code, kDone);
  EXPECT_THAT(run.out, testing::StartsWith("nftsvc 0."));
}

TEST(RunTest, ASlipOfACommandIsPointedOut) {
  const CliRun run("", {"lsit"});
  EXPECT_EQ(run.code, kUsage);
  EXPECT_THAT(run.err, HasSubstr("no command \"lsit\"; did you mean \"list\"?"));
  EXPECT_EQ(run.requests, 0);
}

TEST(RunTest, AWordTooManyIsUsageAndNamed) {
  const CliRun run("", {"get", "default/web", "default/dns"});
  EXPECT_EQ(run.code, kUsage);
  EXPECT_THAT(run.err, HasSubstr("default/dns"));
  EXPECT_EQ(run.requests, 0);
}

TEST(RunTest, AnUnknownOutputIsUsage) {
  EXPECT_EQ(CliRun("", {"status", "--output", "yaml"}).code, kUsage);
}

TEST(RunTest, GlobalOptionsStandBeforeOrBehindTheCommand) {
  EXPECT_EQ(CliRun("list {}", {"--socket", "/a", "list"}).socket, "/a");
  EXPECT_EQ(CliRun("list {}", {"list", "--socket", "/b"}).socket, "/b");
  EXPECT_EQ(CliRun("list {}", {"list"}).socket, "/run/nftsvc/control.sock");
}

}  // namespace
}  // namespace nftsvc::cli
