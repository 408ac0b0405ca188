// SPDX-License-Identifier: Apache-2.0
#include "src/iptables/jumps.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace nftsvc::iptables {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> Printed(const std::vector<BuiltInRule>& jumps) {
  std::vector<std::string> texts;
  for (const BuiltInRule& jump : jumps) {
    texts.push_back(absl::StrCat(jump.chain, " ", PrintRule(jump.rule)));
  }
  return texts;
}

TEST(JumpsTest, EveryHookOfNatHasOne) {
  EXPECT_THAT(
      Printed(JumpsInto(TableId::kNat, {.cluster_ips = true, .localnet = true})),
      ElementsAre("PREROUTING -m comment --comment \"kubernetes service portals\" -j KUBE-SERVICES",
                  "OUTPUT -m comment --comment \"kubernetes service portals\" -j KUBE-SERVICES",
                  "POSTROUTING -m comment --comment \"kubernetes postrouting rules\" "
                  "-j KUBE-POSTROUTING"));
}

TEST(JumpsTest, FilterLooksAtNewConnectionsOnly) {
  const std::vector<std::string> jumps = Printed(JumpsInto(TableId::kFilter, {}));
  EXPECT_EQ(jumps[0],
            "INPUT -m conntrack --ctstate NEW -m comment --comment \"kubernetes load balancer "
            "firewall\" -j KUBE-PROXY-FIREWALL");
  EXPECT_EQ(jumps[1],
            "INPUT -m comment --comment \"kubernetes health check service ports\" "
            "-j KUBE-NODEPORTS");
  EXPECT_EQ(jumps[5],
            "FORWARD -m comment --comment \"kubernetes forwarding rules\" -j KUBE-FORWARD");
}

TEST(JumpsTest, TheChainOfUnassignedClusterIpsHangsBehindWhatIsForwardedAndSent) {
  const std::vector<BuiltInRule> with = JumpsInto(TableId::kFilter, {.cluster_ips = true});
  EXPECT_EQ(with.size(), JumpsInto(TableId::kFilter, {}).size() + 2);
  EXPECT_EQ(with.back().chain, "OUTPUT");
  EXPECT_EQ(with.back().rule.back(), "KUBE-CLUSTER-IPS");
}

// An untracked packet to 127.0.0.1 is in no state, and the kernel would deliver it.
TEST(JumpsTest, LoopbackIsGuardedWhateverTheStateIs) {
  const std::vector<std::string> jumps = Printed(JumpsInto(TableId::kFilter, {.localnet = true}));
  EXPECT_EQ(jumps[0], "INPUT -m comment --comment \"loopback is for this host\" -j KUBE-LOCALNET");
  EXPECT_EQ(jumps.size(), JumpsInto(TableId::kFilter, {}).size() + 1);
}

}  // namespace
}  // namespace nftsvc::iptables
