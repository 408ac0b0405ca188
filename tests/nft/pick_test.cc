// SPDX-License-Identifier: Apache-2.0
#include "src/nft/pick.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/support/builders.h"

namespace nftsvc::nft {
namespace {

using base::Family;
using testing::Cidr;
using Kind = Pick::Kind;

std::string Print(const Chains& chains, Family family) {
  std::string text;
  for (const Chain& chain : chains) {
    absl::StrAppend(&text, chain.name, "\n");
    for (const Rule& rule : chain.rules) {
      absl::StrAppend(&text, "  ", PrintRule(rule, family), "\n");
    }
  }
  return text;
}

std::string ChainsFor(const Pick& pick, Family family = Family::kIPv4) {
  forwarding::PodDetector pods;
  pods.cidrs = {Cidr("10.0.0.0/16"), Cidr("10.1.0.0/16"), Cidr("fd00:10::/64")};
  return Print(PickChains(pick, family, pods, {}), family);
}

TEST(PickTest, NamesAreReadBack) {
  using model::Balancing;
  for (const Kind kind :
       {Kind::kDraw, Kind::kDrawUpper, Kind::kOutside, Kind::kMasquerade, Kind::kLocal}) {
    for (const Balancing balancing :
         {Balancing::kRandom, Balancing::kRoundRobin, Balancing::kSourceHash, Balancing::kFlowHash,
          Balancing::kMaglev}) {
      for (const uint32_t slots : {0U, 1U, 9U, 10U, 32'768U}) {
        for (const int flags : {0, 1, 2, 3, 4, 5, 6, 7}) {
          Pick pick{.kind = kind, .node_port = (flags & 1) != 0, .balancing = balancing};
          pick.chains = (flags & 2) != 0;
          pick.keeps = (flags & 4) != 0;
          pick.slots = slots;
          pick.cluster_slots = kind == Kind::kLocal ? 77U : 0U;
          if (pick.keeps || balancing == Balancing::kRoundRobin) pick.owner = "a/b-5/tcp/80/local";
          EXPECT_EQ(Pick::FromChainName(pick.ChainName()), pick) << pick.ChainName();
        }
      }
    }
  }
}

TEST(PickTest, NamesSayHow) {
  EXPECT_EQ((Pick{.slots = 3}.ChainName()), "random-3");
  EXPECT_EQ((Pick{.kind = Kind::kOutside, .slots = 3}.ChainName()), "outside-random-3");
  EXPECT_EQ((Pick{.kind = Kind::kMasquerade, .node_port = true, .slots = 3}.ChainName()),
            "node-port-masquerade-random-3");
  EXPECT_EQ((Pick{.kind = Kind::kLocal, .slots = 2, .cluster_slots = 5}.ChainName()),
            "local-random-2-of-5");
  Pick kept{.balancing = model::Balancing::kRoundRobin, .chains = true, .keeps = true, .slots = 3};
  kept.owner = "default/web/tcp/80";
  EXPECT_EQ(kept.ChainName(), "kept-round-robin-chain-3-default/web/tcp/80");
}

TEST(PickTest, AKeptClientIsLookedForBeforeTheDraw) {
  Pick kept{.chains = true, .keeps = true, .slots = 1};
  kept.owner = "default/web/tcp/80";
  const Chains chains = PickChains(kept, Family::kIPv4, {}, {});
  ASSERT_EQ(chains.size(), 2U);
  EXPECT_EQ(chains[0].name, "random-chain-1");
  EXPECT_EQ(chains[1].name, "kept-random-chain-1-default/web/tcp/80");
  ASSERT_EQ(chains[1].rules.size(), 2U);
  EXPECT_EQ(PrintRule(chains[1].rules[0], Family::kIPv4), "jump clients-default/web/tcp/80");
  EXPECT_EQ(PrintRule(chains[1].rules[1], Family::kIPv4), "goto random-chain-1");
}

TEST(PickTest, TheLocalPoolKeepsItsOwnClients) {
  Pick kept{.kind = Kind::kLocal, .chains = true, .keeps = true, .slots = 1};
  kept.cluster_slots = 1;
  kept.owner = "web/tcp/80";
  std::vector<std::string> names;
  for (const Chain& chain : PickChains(kept, Family::kIPv4, {}, {})) names.push_back(chain.name);
  EXPECT_EQ(names, (std::vector<std::string>{
                       "cluster-random-chain-1", "cluster-kept-random-chain-1-web/tcp/80",
                       "random-chain-1", "kept-random-chain-1-web/tcp/80/local",
                       "local-kept-random-chain-1-of-1-web/tcp/80"}));
}

TEST(PickTest, OtherNamesAreNotRead) {
  for (const char* name :
       {"", "random", "random-", "random-x", "random-03", "random-+3", "random- 3", "random-3x",
        "random-3-of-5", "random-4294967296", "local-random-3", "local-random-3-of-",
        "local-random-3-of-05", "node-port-", "services", "reject-new",
        "outside-masquerade-random-3", "node-port-node-port-random-3", "Random-3"}) {
    EXPECT_EQ(Pick::FromChainName(name), std::nullopt) << name;
  }
}

TEST(PickTest, ADrawTranslates) {
  EXPECT_EQ(ChainsFor({.slots = 1}),
            "random-1\n"
            "  meta l4proto @protocols dnat ip to ip daddr . meta l4proto . th dport . numgen "
            "random mod 1 map @endpoints\n");
}

TEST(PickTest, ADrawOfASlotThatIsJustGoneFallsBackToTheFirst) {
  EXPECT_EQ(ChainsFor({.slots = 3}),
            ChainsFor({.slots = 1}) +
                "random-3\n"
                "  meta l4proto @protocols dnat ip to ip daddr . meta l4proto . th dport . numgen "
                "random mod 3 map @endpoints\n"
                "  goto random-1\n");
}

TEST(PickTest, ADrawForANodePortLooksAtNoAddress) {
  EXPECT_EQ(ChainsFor({.node_port = true, .slots = 1}, Family::kIPv6),
            "node-port-random-1\n"
            "  meta l4proto @protocols dnat ip6 to meta l4proto . th dport . numgen random mod 1 "
            "map @node-port-endpoints\n");
}

TEST(PickTest, TheUpperHalfBeginsInTheMiddle) {
  EXPECT_EQ(ChainsFor({.kind = Kind::kDrawUpper, .slots = 5}),
            "cluster-random-1\n"
            "  meta l4proto @protocols dnat ip to ip daddr . meta l4proto . th dport . numgen "
            "random mod 1 offset 32768 map @endpoints\n"
            "cluster-random-5\n"
            "  meta l4proto @protocols dnat ip to ip daddr . meta l4proto . th dport . numgen "
            "random mod 5 offset 32768 map @endpoints\n"
            "  goto cluster-random-1\n");
}

TEST(PickTest, MasqueradingMarksAndThenDraws) {
  const std::string draw = ChainsFor({.slots = 3});
  EXPECT_EQ(ChainsFor({.kind = Kind::kMasquerade, .slots = 3}),
            draw +
                "masquerade-random-3\n"
                "  meta mark set meta mark | 0x00004000 goto random-3\n");
  EXPECT_EQ(ChainsFor({.kind = Kind::kOutside, .slots = 3}),
            draw +
                "outside-random-3\n"
                "  ip saddr != 10.0.0.0/16 ip saddr != 10.1.0.0/16 meta mark set meta mark | "
                "0x00004000\n"
                "  goto random-3\n");
}

TEST(PickTest, LocalSendsPodsAndThisHostToTheUpperHalf) {
  EXPECT_EQ(ChainsFor({.kind = Kind::kLocal, .slots = 2, .cluster_slots = 5}),
            ChainsFor({.kind = Kind::kDrawUpper, .slots = 5}) + ChainsFor({.slots = 2}) +
                "local-random-2-of-5\n"
                "  ip saddr 10.0.0.0/16 goto cluster-random-5\n"
                "  ip saddr 10.1.0.0/16 goto cluster-random-5\n"
                "  fib saddr type local meta mark set meta mark | 0x00004000 goto "
                "cluster-random-5\n"
                "  goto random-2\n");
}

TEST(PickTest, LocalWithoutLocalSlotsDrawsForNobodyElse) {
  EXPECT_EQ(ChainsFor({.kind = Kind::kLocal, .slots = 0, .cluster_slots = 5}),
            ChainsFor({.kind = Kind::kDrawUpper, .slots = 5}) +
                "local-random-0-of-5\n"
                "  ip saddr 10.0.0.0/16 goto cluster-random-5\n"
                "  ip saddr 10.1.0.0/16 goto cluster-random-5\n"
                "  fib saddr type local meta mark set meta mark | 0x00004000 goto "
                "cluster-random-5\n");
}

}  // namespace
}  // namespace nftsvc::nft
