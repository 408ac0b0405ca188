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
using ::testing::EndsWith;
using ::testing::HasSubstr;
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
  used[0] = {"checked-local-random-2-of-5", "node-port-masquerade-random-7", "outside-random-2"};
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
            "goto node-ports\n");
  EXPECT_EQ(RulesOf(NodeA(), "node-ports"),
            "ip daddr @node-port-addresses meta l4proto . th dport vmap @node-ports\n");
}

TEST(SkeletonTest, NodePortsOnAllAddressesLeaveOutLoopback) {
  forwarding::HostFacts host = NodeA();
  host.node_ports_on_all_addresses = true;
  EXPECT_EQ(RulesOf(host, "node-ports"),
            "fib daddr type local ip daddr != 127.0.0.0/8 meta l4proto . th dport vmap "
            "@node-ports\n");
  EXPECT_EQ(RulesOf(host, "node-ports", Family::kIPv6),
            "fib daddr type local ip6 daddr != ::1 meta l4proto . th dport vmap @node-ports\n");
}

TEST(SkeletonTest, NodePortsOnLocalhostKeepOthersFromIt) {
  forwarding::HostFacts host = NodeA();
  host.localhost_node_ports = true;
  EXPECT_EQ(RulesOf(host, "node-ports"),
            "ip daddr @node-port-addresses meta l4proto . th dport vmap @node-ports\n"
            "ip daddr 127.0.0.1 meta l4proto . th dport vmap @node-ports\n");
  EXPECT_THAT(RulesOf(host, "unserved"),
              HasSubstr("ip daddr 127.0.0.1 meta l4proto . th dport vmap "
                        "@no-endpoints-node-ports\n"));
  EXPECT_EQ(RulesOf(host, "filter-prerouting"),
            "iifname != \"lo\" ip saddr != 127.0.0.0/8 ip daddr 127.0.0.0/8 drop\n");
  EXPECT_EQ(RulesOf(NodeA(), "filter-prerouting"), "none");
  for (const char* chain : {"node-ports", "unserved", "filter-prerouting"}) {
    EXPECT_EQ(RulesOf(host, chain, Family::kIPv6), RulesOf(NodeA(), chain, Family::kIPv6));
  }
}

// Chains that translate see no packet that is translated, and only the first of a connection.
TEST(SkeletonTest, OnlyNewAndUntranslatedPacketsAreDecided) {
  const Skeleton skeleton = CompileSkeleton(NodeA(), {}, {});
  for (const Chain& chain : skeleton.chains[0]) {
    if (!chain.hook.has_value()) continue;
    EXPECT_EQ(chain.hook->type, ChainType::kNat) << chain.name;
  }
  for (const char* chain : {"nat-prerouting", "nat-output"}) {
    EXPECT_EQ(RulesOf(NodeA(), chain), "jump services\njump unserved\n");
  }
}

TEST(SkeletonTest, SourcesAreCheckedWhereOnlySomeMayDial) {
  ChainNames used;
  used[0] = {"checked-outside-random-2", "checked-node-ports"};
  const Skeleton skeleton = CompileSkeleton(NodeA(), {}, used);
  const std::string check =
      "ip daddr . meta l4proto . th dport . ip saddr != @allowed-sources drop\n";
  EXPECT_EQ(RulesOf(skeleton, Family::kIPv4, "checked-outside-random-2"),
            check + "goto outside-random-2\n");
  EXPECT_EQ(RulesOf(skeleton, Family::kIPv4, "checked-node-ports"), check + "goto node-ports\n");
  EXPECT_NE(RulesOf(skeleton, Family::kIPv4, "outside-random-2"), "none");
  EXPECT_NE(RulesOf(skeleton, Family::kIPv4, "random-2"), "none");
  EXPECT_EQ(RulesOf(NodeA(), "checked-node-ports"), "none");
}

TEST(SkeletonTest, WhatNoEndpointTakesIsRefusedAsConfigured) {
  const std::string no_endpoints =
      "ip daddr . meta l4proto . th dport vmap @no-endpoints\n"
      "ip daddr @node-port-addresses meta l4proto . th dport vmap @no-endpoints-node-ports\n";
  forwarding::HostFacts host = NodeA();
  host.service_cidrs = {Cidr("10.96.0.0/16"), Cidr("fd00:96::/112")};
  EXPECT_EQ(RulesOf(host, "unserved"), no_endpoints +
                                           "ip daddr @cluster-ips fib daddr type != local reject\n"
                                           "ip daddr 10.96.0.0/16 fib daddr type != local drop\n");
  EXPECT_THAT(RulesOf(host, "unserved", Family::kIPv6),
              EndsWith("ip6 daddr @cluster-ips fib daddr type != local reject\n"
                       "ip6 daddr fd00:96::/112 fib daddr type != local drop\n"));
  host.reject_unassigned_ports = false;
  host.service_cidrs.clear();
  EXPECT_EQ(RulesOf(host, "unserved"), no_endpoints);
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
