// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "src/forwarding/resolve.h"
#include "src/iptables/compile.h"
#include "tests/support/builders.h"

namespace nftsvc::iptables {
namespace {

// default/web of both families with two ports.
forwarding::ForwardingTable TableWith(model::Balancing balancing) {
  model::Service service = testing::WebAt({"10.0.0.2:80", "[fd00::2]:80"});
  service.cluster_ips.push_back(testing::Ip("fd00:96::1"));
  service.ports[0].name = "http";
  service.ports[0].balancing = balancing;
  service.ports.push_back(service.ports[0]);
  service.ports[1].name = "https";
  service.ports[1].port = 443;
  return forwarding::Resolve(testing::SnapshotOf({service}), testing::NodeA(), forwarding::NoSlots);
}

TEST(FindUnsupportedTest, DrawingAndTakingTurnsCanBeSaid) {
  EXPECT_EQ(FindUnsupported(TableWith(model::Balancing::kRandom)), model::Issues());
  EXPECT_EQ(FindUnsupported(TableWith(model::Balancing::kRoundRobin)), model::Issues());
}

TEST(FindUnsupportedTest, HashesAreRefusedOnceForEachPort) {
  const model::Issues issues = FindUnsupported(TableWith(model::Balancing::kMaglev));
  ASSERT_EQ(issues.size(), 2U);
  EXPECT_EQ(issues[0].ToString(),
            "default/web:http: balancing: MAGLEV has no words in iptables, which can only draw at "
            "random (RANDOM) or take turns (ROUND_ROBIN)");
  EXPECT_EQ(issues[0].service, "default/web");
  EXPECT_EQ(issues[1].path, "default/web:https: balancing");
  EXPECT_EQ(FindUnsupported(TableWith(model::Balancing::kSourceHash)).size(), 2U);
  EXPECT_EQ(FindUnsupported(TableWith(model::Balancing::kFlowHash)).size(), 2U);
}

TEST(FindUnsupportedTest, AnInterfaceThatIptablesReadsAsAWildcardIsRefused) {
  forwarding::ForwardingTable table = TableWith(model::Balancing::kRandom);
  table.host.pods = forwarding::PodDetector();
  table.host.pods.interface = "br+";
  const model::Issues issues = FindUnsupported(table);
  ASSERT_EQ(issues.size(), 1U);
  EXPECT_EQ(issues[0].ToString(),
            "local_pods.bridge_interface: \"br+\" ends in +, which iptables takes for any ending");
}

}  // namespace
}  // namespace nftsvc::iptables
