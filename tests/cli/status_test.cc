// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "tests/cli/cli_run.h"

namespace nftsvc::cli {
namespace {

using ::testing::HasSubstr;

TEST(StatusTest, PrintsTheHealthOfDaemonAndKernel) {
  const CliRun run(R"pb(status {
                          version: "0.1.0"
                          revision: 7
                          generation: 42
                          uptime_seconds: 93784
                          services: 3
                          ports: 1
                          endpoints: 9
                          elements: 12
                          in_sync: true
                          last_commit_us: 1500
                          last_commit_time: "2026-05-01T10:00:00Z"
                          commits: 4
                          clients: 1
                          resident_bytes: 12582912
                          layout: "FLAT"
                        })pb",
                   {"status"});
  EXPECT_EQ(run.code, kDone);
  EXPECT_EQ(run.out,
            "kernel        in sync\n"
            "revision      7\n"
            "serving       3 services, 1 port, 9 endpoints\n"
            "ruleset       FLAT, 12 elements, generation 42\n"
            "commits       4\n"
            "last commit   2026-05-01T10:00:00Z, took 1.5 ms\n"
            "drift repairs none\n"
            "clients       1\n"
            "memory        12.0 MiB\n"
            "uptime        1 d 2 h\n"
            "version       0.1.0\n");
}

TEST(StatusTest, OutOfSyncIsSaidFirstAndFails) {
  const CliRun run(R"pb(status {
                          problem: "commit: operation not permitted; retrying in 2s"
                          persist_problem: "write /var/lib/nftsvc: disk full"
                          drift_repairs: 2
                          last_drift: "table ip nftsvc was flushed"
                        })pb",
                   {"status"});
  EXPECT_EQ(run.code, kFailed);
  EXPECT_THAT(run.out, testing::StartsWith("kernel        out of sync: commit: operation not "
                                           "permitted; retrying in 2s\n"
                                           "state         write /var/lib/nftsvc: disk full\n"));
  EXPECT_THAT(run.out, HasSubstr("drift repairs 2, the last: table ip nftsvc was flushed\n"));
  EXPECT_THAT(run.out, HasSubstr("last commit   none since the start\n"));
}

TEST(StatusTest, UptimeNamesTheTwoLargestUnits) {
  const auto uptime = [](int seconds) {
    return CliRun("status { uptime_seconds: " + std::to_string(seconds) + " }", {"status"}).out;
  };
  EXPECT_THAT(uptime(59), HasSubstr("uptime        59 s\n"));
  EXPECT_THAT(uptime(61), HasSubstr("uptime        1 m 1 s\n"));
  EXPECT_THAT(uptime(7'260), HasSubstr("uptime        2 h 1 m\n"));
}

}  // namespace
}  // namespace nftsvc::cli
