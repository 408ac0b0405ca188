// SPDX-License-Identifier: Apache-2.0
#include "src/iptables/removal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace nftsvc::iptables {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

Removal Plan(const std::string& text) {
  absl::StatusOr<Removal> removal = PlanRemoval(text);
  EXPECT_TRUE(removal.ok()) << removal.status();
  return removal.ok() ? *std::move(removal) : Removal();
}

// A filter table in which FORWARD has these lines behind the jump to KUBE-FORWARD.
std::string Forwarding(const std::string& policy, const std::string& behind) {
  return absl::StrCat("*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ", policy,
                      " [0:0]\n:KUBE-FORWARD - [0:0]\n:OTHERS - [0:0]\n"
                      "-A FORWARD -m comment --comment \"kubernetes forwarding rules\" "
                      "-j KUBE-FORWARD\n",
                      behind, "-A KUBE-FORWARD -j ACCEPT\nCOMMIT\n");
}

std::vector<std::string> NamesOf(const std::vector<KeptChain>& kept) {
  std::vector<std::string> names;
  for (const KeptChain& chain : kept) names.push_back(absl::StrCat(chain.table, " ", chain.name));
  return names;
}

TEST(RemovalTest, NothingOfKubeProxyIsNothingToDo) {
  EXPECT_EQ(Plan("").restore, "");
  const Removal removal = Plan("*nat\n:OUTPUT ACCEPT [1:2]\n-A OUTPUT -j ACCEPT\nCOMMIT\n");
  EXPECT_EQ(removal.restore, "");
  EXPECT_EQ(removal.rules_of_others, 1U);
}

TEST(RemovalTest, AllIsEmptiedBeforeTheJumpsAndTheChainsGo) {
  const Removal removal = Plan(
      "*nat\n"
      ":PREROUTING ACCEPT [1:60]\n"
      ":KUBE-SERVICES - [0:0]\n"
      ":KUBE-SVC-AAAAAAAAAAAAAAA1 - [0:0]\n"
      ":DOCKER - [0:0]\n"
      "-A PREROUTING -m comment --comment \"kubernetes service portals\" -j KUBE-SERVICES\n"
      "-A PREROUTING -j DOCKER\n"
      "-A KUBE-SERVICES -d 10.96.0.1/32 -j KUBE-SVC-AAAAAAAAAAAAAAA1\n"
      "COMMIT\n");
  EXPECT_EQ(removal.restore,
            "*nat\n"
            ":KUBE-SERVICES - [0:0]\n"
            ":KUBE-SVC-AAAAAAAAAAAAAAA1 - [0:0]\n"
            "-D PREROUTING -m comment --comment \"kubernetes service portals\" -j KUBE-SERVICES\n"
            "-X KUBE-SERVICES\n"
            "-X KUBE-SVC-AAAAAAAAAAAAAAA1\n"
            "COMMIT\n");
  EXPECT_THAT(removal.kept, IsEmpty());
  EXPECT_EQ(removal.rules_of_others, 1U);
}

TEST(RemovalTest, CanariesGoInEveryTableAndThoseOfKubeletStay) {
  const Removal removal = Plan(
      "*mangle\n:KUBE-PROXY-CANARY - [0:0]\n:KUBE-KUBELET-CANARY - [0:0]\n"
      ":KUBE-SERVICES - [0:0]\nCOMMIT\n");
  EXPECT_EQ(removal.restore, "*mangle\n:KUBE-PROXY-CANARY - [0:0]\n-X KUBE-PROXY-CANARY\nCOMMIT\n");
  EXPECT_THAT(NamesOf(removal.kept),
              ElementsAre("mangle KUBE-KUBELET-CANARY", "mangle KUBE-SERVICES"));
}

TEST(RemovalTest, ChainsThatOthersJumpToStay) {
  const Removal removal = Plan(
      "*nat\n:PREROUTING ACCEPT [0:0]\n:KUBE-MARK-MASQ - [0:0]\n:KUBE-SERVICES - [0:0]\n"
      ":OTHERS - [0:0]\n"
      "-A PREROUTING -s 10.0.0.1/32 -j KUBE-SERVICES\n"
      "-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000\n"
      "-A KUBE-SERVICES -j RETURN\n"
      "-A OTHERS -j KUBE-MARK-MASQ\n"
      "COMMIT\n");
  EXPECT_EQ(removal.restore, "*nat\n:KUBE-SERVICES - [0:0]\nCOMMIT\n");
  EXPECT_THAT(NamesOf(removal.kept), ElementsAre("nat KUBE-MARK-MASQ", "nat KUBE-SERVICES"));
  EXPECT_EQ(removal.mark_bits, 0x4000U);
}

TEST(RemovalTest, WhatAcceptsStaysWhereSomethingBehindItMayDrop) {
  for (const auto& [policy, behind] : std::vector<std::pair<std::string, std::string>>{
           {"DROP", ""},
           {"ACCEPT", "-A FORWARD -p tcp -j REJECT\n"},
           {"ACCEPT", "-A FORWARD -j OTHERS\n-A OTHERS -i eth0 -j DROP\n"}}) {
    const Removal removal = Plan(Forwarding(policy, behind));
    EXPECT_EQ(removal.restore, "") << behind;
    EXPECT_THAT(NamesOf(removal.kept), ElementsAre("filter KUBE-FORWARD"));
  }
  for (const char* behind : {"", "-A FORWARD -j OTHERS\n-A OTHERS -i eth0 -j ACCEPT\n"}) {
    const Removal removal = Plan(Forwarding("ACCEPT", behind));
    EXPECT_THAT(removal.restore, HasSubstr("-X KUBE-FORWARD\n")) << behind;
    EXPECT_THAT(removal.kept, IsEmpty());
  }
}

TEST(RemovalTest, AMarkThatClearsOtherBitsIsReadToo) {
  const Removal removal = Plan(
      "*nat\n:KUBE-MARK-MASQ - [0:0]\n"
      "-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4d415351/0xffffffff\nCOMMIT\n");
  EXPECT_EQ(removal.mark_bits, 0x4d415351U);
}

TEST(RemovalTest, NodePortsAreSeenToBeEverywhere) {
  const std::string before = "*nat\n:KUBE-SERVICES - [0:0]\n:KUBE-NODEPORTS - [0:0]\n";
  EXPECT_TRUE(Plan(absl::StrCat(before,
                                "-A KUBE-SERVICES -m addrtype --dst-type LOCAL "
                                "-j KUBE-NODEPORTS\nCOMMIT\n"))
                  .has_node_ports_everywhere);
  EXPECT_FALSE(
      Plan(absl::StrCat(before, "-A KUBE-SERVICES -d 192.0.2.1/32 -j KUBE-NODEPORTS\nCOMMIT\n"))
          .has_node_ports_everywhere);
}

TEST(RemovalTest, NodePortsAreSeenToBeOnLocalhost) {
  const auto is_seen = [](absl::string_view match) {
    return Plan(absl::StrCat("*nat\n:KUBE-SERVICES - [0:0]\n:KUBE-NODEPORTS - [0:0]\n",
                             "-A KUBE-SERVICES ", match, " -j KUBE-NODEPORTS\nCOMMIT\n"))
        .has_node_ports_on_localhost;
  };
  EXPECT_TRUE(is_seen("-m addrtype --dst-type LOCAL"));
  EXPECT_TRUE(is_seen("-d 127.0.0.1/32"));
  EXPECT_FALSE(is_seen("! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL"));
  EXPECT_FALSE(is_seen("-d 192.0.2.1/32"));
}

TEST(RemovalTest, ATextOfNobodyIsRefused) { EXPECT_FALSE(PlanRemoval("hello\n").ok()); }

// Nothing that stays may lead to a chain that goes.
void CheckNoJumpDangles(const std::string& text, const Removal& removal) {
  std::vector<std::string> restored = absl::StrSplit(removal.restore, '\n');
  std::string table;
  std::vector<std::string> emptied, removed;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    if (absl::StartsWith(line, "*")) {
      table = std::string(line);
      emptied.clear();
      removed.clear();
      auto here = std::find(restored.begin(), restored.end(), table);
      for (; here != restored.end() && *here != "COMMIT"; ++here) {
        if (absl::StartsWith(*here, ":")) emptied.push_back(here->substr(1, here->find(' ') - 1));
        if (absl::StartsWith(*here, "-X ")) removed.push_back(here->substr(3));
      }
    }
    if (!absl::StartsWith(line, "-A ")) continue;
    const std::vector<std::string> words = absl::StrSplit(line, ' ');
    if (std::find(emptied.begin(), emptied.end(), words[1]) != emptied.end()) continue;
    const auto jump = std::find(words.begin(), words.end(), "-j");
    if (jump == words.end()) continue;
    if (std::find(removed.begin(), removed.end(), jump[1]) == removed.end()) continue;
    EXPECT_THAT(restored, Contains(absl::StrCat("-D", line.substr(2)))) << table;
  }
}

TEST(RemovalTest, OfEveryReleaseNothingIsLeftButWhatIsKept) {
  for (const char* name : {"before_1_24", "dual_stack", "early", "iptables_nft"}) {
    SCOPED_TRACE(name);
    std::ifstream file(absl::StrCat(NFTSVC_SOURCE_DIR "/tests/iptables/saves/", name, ".save"));
    std::ostringstream read;
    read << file.rdbuf();
    const std::string text = read.str();
    const Removal removal = Plan(text);
    EXPECT_THAT(removal.restore, HasSubstr("-X KUBE-SERVICES\n"));
    EXPECT_THAT(removal.restore, Not(HasSubstr("-X KUBE-KUBELET")));
    CheckNoJumpDangles(text, removal);
  }
}

}  // namespace
}  // namespace nftsvc::iptables
