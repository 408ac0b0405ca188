// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "tests/cli/cli_run.h"

namespace nftsvc::cli {
namespace {

using ::testing::HasSubstr;

constexpr char kSnapshot[] = R"pb(
  services {
    namespace: "default"
    name: "web"
    cluster_ips: "10.104.14.67"
    cluster_ips: "fd00:10:104::67"
    ports {
      name: "http"
      protocol: TCP
      port: 80
      endpoints { address: "10.0.0.2" port: 8080 }
      endpoints { address: "fd00::2" port: 8080 }
    }
  })pb";

TEST(CompileTest, PrintsBothTablesWithoutADaemon) {
  const CliRun run("", {"compile", "-"}, kSnapshot);
  EXPECT_EQ(run.code, kDone) << run.err;
  EXPECT_EQ(run.requests, 0);
  EXPECT_THAT(run.out, HasSubstr("table ip nftsvc {"));
  EXPECT_THAT(run.out, HasSubstr("table ip6 nftsvc {"));
  EXPECT_THAT(run.out, HasSubstr("10.0.0.2 . 8080"));
  EXPECT_THAT(run.out, HasSubstr("default/web:http"));
}

TEST(CompileTest, LibnftablesAcceptsWhatItPrints) {
  const CliRun run("", {"compile", "--check", "-"}, kSnapshot);
  EXPECT_EQ(run.code, kDone) << run.err;
}

TEST(CompileTest, PrintsKubeProxysChainsForOneFamily) {
  const CliRun v4("", {"compile", "--target=iptables", "-"}, kSnapshot);
  EXPECT_EQ(v4.code, kDone) << v4.err;
  EXPECT_THAT(v4.out, HasSubstr("\n*nat\n:KUBE-SERVICES - [0:0]\n"));
  EXPECT_THAT(v4.out,
              HasSubstr("-m comment --comment \"default/web:http cluster IP\" -m tcp -p tcp "
                        "-d 10.104.14.67 --dport 80 -j KUBE-SVC-"));
  EXPECT_THAT(v4.out, testing::Not(HasSubstr("fd00:")));
  const CliRun v6("", {"compile", "--target=ip6tables", "-"}, kSnapshot);
  EXPECT_EQ(v6.code, kDone) << v6.err;
  EXPECT_THAT(v6.out, HasSubstr("-j DNAT --to-destination [fd00::2]:8080"));
  EXPECT_THAT(v6.out, testing::Not(HasSubstr("10.104.14.67")));
}

TEST(CompileTest, IptablesRestoreAcceptsWhatItPrints) {
  for (const char* target : {"--target=iptables", "--target=ip6tables"}) {
    const CliRun run("", {"compile", target, "--check", "-"}, kSnapshot);
    EXPECT_EQ(run.code, kDone) << run.err;
  }
}

TEST(CompileTest, WhatIptablesCannotSayIsRefused) {
  const CliRun run("", {"compile", "--target=iptables", "-"}, R"pb(
    services {
      name: "web"
      cluster_ips: "10.104.14.67"
      ports { protocol: TCP port: 80 balancing: SOURCE_HASH }
    })pb");
  EXPECT_EQ(run.code, kFailed);
  EXPECT_EQ(run.out, "");
  EXPECT_THAT(run.err, HasSubstr("web: balancing: SOURCE_HASH has no words in iptables"));
  EXPECT_THAT(run.err, HasSubstr("nftsvc: compile snapshot: 1 mistake"));
}

TEST(CompileTest, AnInvalidSnapshotPrintsItsIssuesAndNoRuleset) {
  const CliRun run("", {"compile", "-"}, R"pb(services {
                                                name: "web"
                                                ports { protocol: TCP }
                                              })pb");
  EXPECT_EQ(run.code, kFailed);
  EXPECT_EQ(run.out, "");
  EXPECT_THAT(run.err, HasSubstr("services[0].ports[0].port: 0 is not a port"));
  EXPECT_THAT(run.err, testing::ContainsRegex("nftsvc: compile snapshot: [0-9]+ mistake"));
}

TEST(CompileTest, AnUnknownTargetIsUsage) {
  EXPECT_EQ(CliRun("", {"compile", "--target", "pf", "-"}, kSnapshot).code, kUsage);
}

}  // namespace
}  // namespace nftsvc::cli
