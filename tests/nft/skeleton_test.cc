// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <variant>

#include "absl/strings/str_cat.h"
#include "src/nft/compile.h"
#include "tests/support/builders.h"

namespace nftsvc::nft {
namespace {

using base::Family;
using testing::Cidr;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::NodeA;

// The rules of a chain, or "none" if there is no such chain.
std::string RulesOf(const Skeleton& skeleton, Family family, absl::string_view name) {
  for (const Chain& chain : skeleton.chains[static_cast<size_t>(family)]) {
    if (chain.name != name) continue;
    std::string text;
    for (const Rule& rule : chain.rules) absl::StrAppend(&text, PrintRule(rule, family), "\n");
    return text;
  }
  return "none";
}

std::string RulesOf(const forwarding::HostFacts& host, absl::string_view chain,
                    Family family = Family::kIPv4) {
  return RulesOf(CompileSkeleton(host, {}, {}), family, chain);
}

TEST(SkeletonTest, ChainsComeAfterThoseThatTheirRulesGoTo) {
  ChainNames used;
  used[0] = {"local-random-2-of-5", "node-port-masquerade-random-7", "outside-random-2"};
  const Skeleton skeleton = CompileSkeleton(NodeA(), {}, used);
  std::set<std::string> before;
  for (const Chain& chain : skeleton.chains[0]) {
    for (const Rule& rule : chain.rules) {
      for (const Statement& statement : rule) {
        const auto* to = std::get_if<Goto>(&statement);
        const auto* into = std::get_if<Jump>(&statement);
        if (to != nullptr) {
          EXPECT_THAT(before, Contains(to->chain));
        }
        if (into != nullptr) {
          EXPECT_THAT(before, Contains(into->chain));
        }
      }
    }
    EXPECT_TRUE(before.insert(chain.name).second) << chain.name << " is there twice";
  }
}

TEST(SkeletonTest, HasTheChainsOfTheWaysToPickInUse) {
  ChainNames used;
  used[1] = {"outside-random-3"};
  const Skeleton skeleton = CompileSkeleton(NodeA(), {}, used);
  EXPECT_NE(RulesOf(skeleton, Family::kIPv6, "outside-random-3"), "none");
  EXPECT_NE(RulesOf(skeleton, Family::kIPv6, "random-3"), "none");
  EXPECT_EQ(RulesOf(skeleton, Family::kIPv4, "random-3"), "none");
}

TEST(SkeletonTest, AChainThatIsAlwaysThereIsNoWayToPick) {
  ChainNames used;
  used[0] = {"reject-new"};
  EXPECT_EQ(CompileSkeleton(NodeA(), {}, used).chains[0].size(),
            CompileSkeleton(NodeA(), {}, {}).chains[0].size());
}

TEST(SkeletonTest, ServicesAreLookedUpByAddressThenByNodePort) {
  EXPECT_EQ(RulesOf(NodeA(), "services"),
            "ip daddr . meta l4proto . th dport vmap @services\n"
            "ip daddr @node-port-addresses meta l4proto . th dport vmap @node-ports\n");
}

TEST(SkeletonTest, NodePortsOnAllAddressesLeaveOutLoopback) {
  forwarding::HostFacts host = NodeA();
  host.node_ports_on_all_addresses = true;
  EXPECT_EQ(RulesOf(host, "services"),
            "ip daddr . meta l4proto . th dport vmap @services\n"
            "fib daddr type local ip daddr != 127.0.0.0/8 meta l4proto . th dport vmap "
            "@node-ports\n");
  EXPECT_EQ(RulesOf(host, "services", Family::kIPv6),
            "ip6 daddr . meta l4proto . th dport vmap @services\n"
            "fib daddr type local ip6 daddr != ::1 meta l4proto . th dport vmap @node-ports\n");
}

TEST(SkeletonTest, NodePortsOnLocalhostKeepOthersFromIt) {
  forwarding::HostFacts host = NodeA();
  host.localhost_node_ports = true;
  EXPECT_EQ(RulesOf(host, "services"),
            "ip daddr . meta l4proto . th dport vmap @services\n"
            "ip daddr @node-port-addresses meta l4proto . th dport vmap @node-ports\n"
            "ip daddr 127.0.0.1 meta l4proto . th dport vmap @node-ports\n");
  EXPECT_THAT(RulesOf(host, "filter-input"),
              HasSubstr("ct state new ct status ! dnat ip daddr 127.0.0.1 meta l4proto . th dport "
                        "vmap @no-endpoints-node-ports\n"));
  EXPECT_EQ(RulesOf(host, "filter-prerouting"),
            "iifname != \"lo\" ip saddr != 127.0.0.0/8 ip daddr 127.0.0.0/8 drop\n"
            "ct state new ct status ! dnat jump sources\n");
  for (const char* chain : {"services", "filter-input", "filter-prerouting"}) {
    EXPECT_EQ(RulesOf(host, chain, Family::kIPv6), RulesOf(NodeA(), chain, Family::kIPv6));
  }
}

TEST(SkeletonTest, SourcesAreCheckedOfPacketsThatAreNotTranslatedYet) {
  EXPECT_EQ(RulesOf(NodeA(), "sources"),
            "ip daddr . meta l4proto . th dport @restricted ip daddr . meta l4proto . th dport . "
            "ip saddr != @allowed-sources drop\n");
  EXPECT_EQ(RulesOf(NodeA(), "filter-prerouting"), "ct state new ct status ! dnat jump sources\n")
      << "what the host sends to itself comes here translated";
  EXPECT_EQ(RulesOf(NodeA(), "filter-output-before-dnat"), "ct state new jump sources\n");
}

TEST(SkeletonTest, OnlyNewAndUntranslatedPacketsAreRefused) {
  EXPECT_EQ(RulesOf(NodeA(), "filter-input"),
            "ct state new ct status ! dnat ip daddr . meta l4proto . th dport vmap @no-endpoints\n"
            "ct state new ct status ! dnat ip daddr @node-port-addresses meta l4proto . th dport "
            "vmap @no-endpoints-node-ports\n");
  for (const char* chain : {"filter-forward", "filter-output"}) {
    EXPECT_EQ(RulesOf(NodeA(), chain),
              "ct state new ct status ! dnat ip daddr . meta l4proto . th dport vmap "
              "@no-endpoints\n"
              "ct state new ct status ! dnat jump unassigned\n");
  }
}

TEST(SkeletonTest, WhatBelongsToNoServiceIsRefusedAsConfigured) {
  forwarding::HostFacts host = NodeA();
  host.service_cidrs = {Cidr("10.96.0.0/16"), Cidr("fd00:96::/112")};
  EXPECT_EQ(RulesOf(host, "unassigned"),
            "ip daddr @cluster-ips reject\n"
            "ip daddr 10.96.0.0/16 drop\n");
  EXPECT_EQ(RulesOf(host, "unassigned", Family::kIPv6),
            "ip6 daddr @cluster-ips reject\n"
            "ip6 daddr fd00:96::/112 drop\n");
  host.reject_unassigned_ports = false;
  host.service_cidrs.clear();
  EXPECT_THAT(RulesOf(host, "unassigned"), IsEmpty());
}

TEST(SkeletonTest, MasqueradesWhatIsMarkedAndWhatReachedItself) {
  EXPECT_EQ(RulesOf(CompileSkeleton(NodeA(), {.mark_bits = 0x8000, .fully_random = false}, {}),
                    Family::kIPv4, "nat-postrouting"),
            "meta mark & 0x00008000 != 0x00000000 meta mark set meta mark ^ 0x00008000 masquerade\n"
            "ct status dnat ip saddr . ip daddr @hairpin masquerade\n");
  EXPECT_EQ(RulesOf(NodeA(), "nat-postrouting"),
            "meta mark & 0x00004000 != 0x00000000 meta mark set meta mark ^ 0x00004000 masquerade "
            "fully-random\n"
            "ct status dnat ip saddr . ip daddr @hairpin masquerade fully-random\n");
}

}  // namespace
}  // namespace nftsvc::nft
