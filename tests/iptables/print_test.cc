// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "src/iptables/ruleset.h"

namespace nftsvc::iptables {
namespace {

TEST(PrintTest, DeclaresChainsBeforeItFillsThem) {
  Ruleset ruleset;
  ruleset.table(TableId::kFilter).jumps = {{"INPUT", {"-j", "KUBE-SERVICES"}}};
  ruleset.table(TableId::kFilter).chains = {{"KUBE-SERVICES", {{"-j", "DROP"}}}};
  ruleset.table(TableId::kNat).chains = {
      {"KUBE-SERVICES", {{"-d", "10.96.0.1", "-j", "KUBE-SVC-A"}}},
      {"KUBE-SVC-A", {{"-j", "DNAT", "--to-destination", "10.0.0.2:80"}}}};
  EXPECT_EQ(Print(ruleset),
            "*filter\n"
            ":KUBE-SERVICES - [0:0]\n"
            "-A INPUT -j KUBE-SERVICES\n"
            "-A KUBE-SERVICES -j DROP\n"
            "COMMIT\n"
            "*nat\n"
            ":KUBE-SERVICES - [0:0]\n"
            ":KUBE-SVC-A - [0:0]\n"
            "-A KUBE-SERVICES -d 10.96.0.1 -j KUBE-SVC-A\n"
            "-A KUBE-SVC-A -j DNAT --to-destination 10.0.0.2:80\n"
            "COMMIT\n");
}

TEST(PrintTest, QuotesWhatIptablesRestoreWouldSplit) {
  EXPECT_EQ(PrintRule({"--comment", "default/web:http"}), "--comment default/web:http");
  EXPECT_EQ(PrintRule({"--comment", "default/web cluster IP"}),
            "--comment \"default/web cluster IP\"");
  EXPECT_EQ(PrintRule({"--comment", "default/web -> [fd00::2]:80"}),
            "--comment \"default/web -> [fd00::2]:80\"");
  EXPECT_EQ(PrintRule({"--to-destination", "[fd00::2]:80"}), "--to-destination [fd00::2]:80");
  EXPECT_EQ(PrintRule({"--comment", "a \"b\" \\"}), "--comment \"a \\\"b\\\" \\\\\"");
  EXPECT_EQ(PrintRule({"--comment", ""}), "--comment \"\"");
}

}  // namespace
}  // namespace nftsvc::iptables
