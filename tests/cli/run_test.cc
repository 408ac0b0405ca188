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
  for (const char* command : {"push", "diff", "get", "list", "status", "verify", "explain",
                              "compile", "trace", "top", "watch", "graph", "doctor"}) {
    EXPECT_THAT(run.out, HasSubstr(command));
  }
  EXPECT_THAT(run.out, HasSubstr("Exit codes"));
}

TEST(RunTest, EveryCommandHasHelpWithAnExampleOrItsExitCodes) {
  for (const char* command : {"push", "diff", "get", "list", "status", "verify", "explain",
                              "compile", "trace", "top", "watch", "graph", "doctor"}) {
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

TEST(RunTest, ASlipBelowACommandIsToo) {
  EXPECT_THAT(CliRun("", {"import", "kubernets"}).err,
              HasSubstr("no command \"kubernets\"; did you mean \"kubernetes\"?"));
}

TEST(RunTest, ASlipOfAnOptionIsPointedOutWithItsCommand) {
  const CliRun own("", {"list", "--wdie"});
  EXPECT_EQ(own.code, kUsage);
  EXPECT_THAT(own.err, HasSubstr("no option \"--wdie\" of list; did you mean \"--wide\"?"));
  EXPECT_EQ(own.requests, 0);
  EXPECT_THAT(CliRun("", {"list", "--sokcet=/a"}).err,
              HasSubstr("no option \"--sokcet\" of list; did you mean \"--socket\"?"));
  EXPECT_THAT(CliRun("", {"--outptu", "json", "list"}).err,
              HasSubstr("did you mean \"--output\"?"));
  EXPECT_THAT(CliRun("", {"list", "--frobnicate"}).err, HasSubstr("no option \"--frobnicate\""));
}

TEST(RunTest, ColoursCanBeAskedForAndRefused) {
  const std::string answer = "status { in_sync: true }";
  EXPECT_THAT(CliRun(answer, {"status", "--color", "always"}).out, HasSubstr("\x1b["));
  for (const char* when : {"never", "auto"}) {
    EXPECT_THAT(CliRun(answer, {"--color", when, "status"}).out, testing::Not(HasSubstr("\x1b[")));
  }
  EXPECT_EQ(CliRun(answer, {"--color", "sometimes", "status"}).code, kUsage);
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
