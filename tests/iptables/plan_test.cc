// SPDX-License-Identifier: Apache-2.0
#include "src/iptables/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "src/iptables/chain_names.h"
#include "src/iptables/jumps.h"

namespace nftsvc::iptables {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kService[] = "KUBE-SVC-XPGD46QRK7WJZT7O";

// Tables with our jumps of nat, KUBE-SERVICES and one chain of a service.
Ruleset Desired() {
  Ruleset ruleset;
  ruleset.table(TableId::kNat).jumps = JumpsInto(TableId::kNat, {});
  ruleset.table(TableId::kNat).chains = {
      {"KUBE-SERVICES", {{"-d", "10.96.0.1", "-j", kService}}},
      {kService, {{"-j", "DNAT", "--to-destination", "10.0.0.2:80"}}}};
  return ruleset;
}

std::vector<Chain>& Nat(SavedTables& tables) { return tables[static_cast<size_t>(TableId::kNat)]; }

Chain& Named(SavedTables& tables, absl::string_view name) {
  for (Chain& chain : Nat(tables)) {
    if (chain.name == name) return chain;
  }
  return Nat(tables).emplace_back(Chain{.name = std::string(name), .rules = {}});
}

// What the kernel holds once the ruleset is there, besides rules and chains of others.
SavedTables Holding(const Ruleset& ruleset) {
  SavedTables tables = SavedTablesOf(ruleset);
  for (std::vector<Chain>& chains : tables) {
    for (Chain& chain : chains) {
      if (!IsOwnChain(chain.name)) chain.rules.push_back({"-i", "docker0", "-j", "DOCKER"});
    }
    chains.push_back({.name = "DOCKER", .rules = {{"-j", "RETURN"}}});
  }
  return tables;
}

TEST(PlanTest, NothingIsDoneWhereAllIsThere) {
  const Plan plan = PlanChanges(Holding(Desired()), Desired());
  EXPECT_EQ(plan.restore, "");
  EXPECT_EQ(plan.chains_written + plan.chains_removed + plan.jumps_changed, 0U);
}

TEST(PlanTest, AnotherSpellingIsNoDifference) {
  SavedTables tables = Holding(Desired());
  Named(tables, "KUBE-SERVICES").rules = {{"-d", "10.96.0.1/32", "-j", kService}};
  EXPECT_EQ(PlanChanges(tables, Desired()).restore, "");
}

TEST(PlanTest, AnEmptyKernelGetsEverything) {
  const Plan plan = PlanChanges(SavedTables(), Desired());
  EXPECT_EQ(plan.restore,
            absl::StrCat("*nat\n"
                         ":KUBE-SERVICES - [0:0]\n"
                         ":",
                         kService,
                         " - [0:0]\n"
                         "-A KUBE-SERVICES -d 10.96.0.1 -j ",
                         kService,
                         "\n"
                         "-A ",
                         kService,
                         " -j DNAT --to-destination 10.0.0.2:80\n"
                         "-I OUTPUT 1 -m comment --comment \"kubernetes service portals\" "
                         "-j KUBE-SERVICES\n"
                         "-I POSTROUTING 1 -m comment --comment \"kubernetes postrouting rules\" "
                         "-j KUBE-POSTROUTING\n"
                         "-I PREROUTING 1 -m comment --comment \"kubernetes service portals\" "
                         "-j KUBE-SERVICES\n"
                         "COMMIT\n"));
  EXPECT_EQ(plan.chains_written, 2U);
  EXPECT_EQ(plan.jumps_changed, 3U);
}

TEST(PlanTest, OnlyTheChainThatDiffersIsWritten) {
  SavedTables tables = Holding(Desired());
  Named(tables, kService).rules.push_back({"-j", "DROP"});
  EXPECT_EQ(PlanChanges(tables, Desired()).restore,
            absl::StrCat("*nat\n:", kService, " - [0:0]\n-A ", kService,
                         " -j DNAT --to-destination 10.0.0.2:80\nCOMMIT\n"));
}

TEST(PlanTest, StaleChainsGoAndOthersStay) {
  SavedTables tables = Holding(Desired());
  Nat(tables).push_back({"KUBE-SEP-AAAAAAAAAAAAAAAA", {{"-j", "DROP"}}});
  Nat(tables).push_back({"KUBE-FIREWALL", {{"-j", "DROP"}}});
  Nat(tables).push_back({"KUBE-PROXY-CANARY", {}});
  const Plan plan = PlanChanges(tables, Desired());
  EXPECT_EQ(plan.restore,
            "*nat\n"
            ":KUBE-SEP-AAAAAAAAAAAAAAAA - [0:0]\n"
            "-X KUBE-SEP-AAAAAAAAAAAAAAAA\n"
            "COMMIT\n");
  EXPECT_EQ(plan.chains_removed, 1U);
}

TEST(PlanTest, AStaleChainThatOthersJumpToIsEmptiedOnce) {
  SavedTables tables = Holding(Desired());
  Nat(tables).push_back({"KUBE-SVC-AAAAAAAAAAAAAAAA", {{"-j", "DROP"}}});
  Named(tables, "DOCKER").rules.push_back({"-j", "KUBE-SVC-AAAAAAAAAAAAAAAA"});
  const Plan plan = PlanChanges(tables, Desired());
  EXPECT_EQ(plan.restore, "*nat\n:KUBE-SVC-AAAAAAAAAAAAAAAA - [0:0]\nCOMMIT\n");
  EXPECT_THAT(plan.chains_kept, ElementsAre("KUBE-SVC-AAAAAAAAAAAAAAAA"));
  Named(tables, "KUBE-SVC-AAAAAAAAAAAAAAAA").rules.clear();
  EXPECT_EQ(PlanChanges(tables, Desired()).restore, "");
}

constexpr char kPortals[] =
    "-m comment --comment \"kubernetes service portals\" -j KUBE-SERVICES\n";

TEST(PlanTest, AMissingJumpIsPutBack) {
  SavedTables tables = Holding(Desired());
  Chain& hook = Named(tables, "PREROUTING");
  hook.rules.erase(hook.rules.begin());
  EXPECT_EQ(PlanChanges(tables, Desired()).restore,
            absl::StrCat("*nat\n-I PREROUTING 1 ", kPortals, "COMMIT\n"));
}

TEST(PlanTest, AJumpThatIsThereTwiceIsMadeOne) {
  SavedTables tables = Holding(Desired());
  Chain& hook = Named(tables, "PREROUTING");
  hook.rules.push_back(hook.rules.front());
  EXPECT_EQ(PlanChanges(tables, Desired()).restore,
            absl::StrCat("*nat\n-D PREROUTING ", kPortals, "-D PREROUTING ", kPortals,
                         "-I PREROUTING 1 ", kPortals, "COMMIT\n"));
}

TEST(PlanTest, JumpsOutOfOrderArePutInOrder) {
  Ruleset desired;
  desired.table(TableId::kFilter).jumps = JumpsInto(TableId::kFilter, {});
  SavedTables tables = Holding(desired);
  auto& input = tables[static_cast<size_t>(TableId::kFilter)][0];
  ASSERT_EQ(input.name, "INPUT");
  std::swap(input.rules[0], input.rules[2]);
  EXPECT_EQ(PlanChanges(tables, desired).jumps_changed, 1U);
  // What others have before, between or behind them is no disorder.
  std::swap(input.rules[0], input.rules[2]);
  input.rules.insert(input.rules.begin() + 1, {"-j", "DOCKER"});
  EXPECT_EQ(PlanChanges(tables, desired).restore, "");
}

TEST(PlanTest, NothingDesiredRemovesAllThatIsOurs) {
  const Plan plan = PlanChanges(Holding(Desired()), {});
  EXPECT_EQ(plan.restore,
            absl::StrCat("*nat\n"
                         ":KUBE-SERVICES - [0:0]\n"
                         ":",
                         kService,
                         " - [0:0]\n"
                         "-D OUTPUT ",
                         kPortals,
                         "-D POSTROUTING -m comment --comment \"kubernetes postrouting rules\" "
                         "-j KUBE-POSTROUTING\n"
                         "-D PREROUTING ",
                         kPortals,
                         "-X KUBE-SERVICES\n"
                         "-X ",
                         kService,
                         "\n"
                         "COMMIT\n"));
  EXPECT_EQ(plan.chains_removed, 2U);
  EXPECT_THAT(plan.chains_kept, IsEmpty());
}

TEST(PlanTest, FromMemoryItIsTheSameAsFromALook) {
  Ruleset other = Desired();
  other.table(TableId::kNat).chains[1].rules.push_back({"-j", "DROP"});
  other.table(TableId::kNat).chains.push_back({"KUBE-SEP-AAAAAAAAAAAAAAAA", {{"-j", "DROP"}}});
  other.table(TableId::kNat).jumps.pop_back();
  const Ruleset nothing;
  for (const Ruleset& from : {Desired(), other, nothing}) {
    for (const Ruleset& to : {Desired(), other, nothing}) {
      const Plan remembered = PlanChanges(from, to);
      EXPECT_EQ(remembered.restore, PlanChanges(SavedTablesOf(from), to).restore);
      EXPECT_EQ(remembered.chains_removed, PlanChanges(SavedTablesOf(from), to).chains_removed);
    }
  }
}

}  // namespace
}  // namespace nftsvc::iptables
