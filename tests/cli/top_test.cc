// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <algorithm>

#include "tests/cli/cli_run.h"

namespace nftsvc::cli {
namespace {

using ::testing::HasSubstr;

constexpr char kBusyService[] =
    "list { services { service: 'default/web' ports { protocol: TCP connections: 3 } } }";

TEST(TopTest, OnceIsTwoReadingsAndLines) {
  const CliRun run(kBusyService, {"top", "--once", "--interval", "0.05"});
  EXPECT_EQ(run.code, kDone) << run.err;
  EXPECT_EQ(run.requests, 2);
  EXPECT_THAT(run.out, HasSubstr("1 service, 0.0 connections/s, every 0.05 s\n"));
  EXPECT_THAT(run.out, HasSubstr("default/web  tcp"));
  EXPECT_THAT(run.out, testing::Not(HasSubstr("\x1b")));
}

TEST(TopTest, JsonIsAnObjectALine) {
  const CliRun run(kBusyService, {"--output", "json", "top", "--count", "2", "--interval", "0.05"});
  EXPECT_EQ(std::count(run.out.begin(), run.out.end(), '\n'), 2);
  EXPECT_THAT(run.out, testing::StartsWith("{\"time\":\""));
  EXPECT_THAT(run.out, HasSubstr("\"service\":\"default/web\""));
}

TEST(TopTest, AnErrorOfTheDaemonIsTold) {
  const CliRun run("error { code: UNAVAILABLE message: 'no kernel there' }", {"top", "--once"});
  EXPECT_EQ(run.code, kFailed);
  EXPECT_THAT(run.err, HasSubstr("no kernel there"));
}

TEST(TopTest, AnIntervalOfNothingIsUsage) {
  EXPECT_EQ(CliRun(kBusyService, {"top", "--interval", "0"}).code, kUsage);
}

}  // namespace
}  // namespace nftsvc::cli
