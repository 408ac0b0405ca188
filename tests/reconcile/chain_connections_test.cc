// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/reconcile/chain_loop.h"

namespace nftsvc::reconcile {
namespace {

TEST(ChainConnectionsTest, AreThoseThatTheChainsHaveCounted) {
  testing::ChainLoop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  model::Service web = testing::WebAt({"10.0.0.2:80", "10.0.0.3:80"});
  web.ports[0].node_port = 30080;
  ASSERT_TRUE(loop.Push(web).ok());
  uint64_t endpoint_count = 100;
  for (iptables::Chain& chain : loop.chains.tables[0][1]) {
    chain.packets.assign(chain.rules.size(), 0);
    for (size_t i = 0; i < chain.rules.size(); ++i) {
      const std::string rule = iptables::PrintRule(chain.rules[i]);
      if (chain.name == "KUBE-SERVICES" && rule.find("--dport 80") != rule.npos) {
        chain.packets[i] = 7;
      }
      if (chain.name == "KUBE-NODEPORTS" && rule.find("--dport 30080") != rule.npos) {
        chain.packets[i] = 5;
      }
      if (rule.find("--to-destination") != rule.npos) chain.packets[i] = endpoint_count++;
    }
  }
  const auto read = loop->ReadConnections({web.name, testing::Name("default/none")});
  ASSERT_EQ(read.status(), absl::OkStatus());
  ASSERT_EQ(read->size(), 2U);
  const Connections& seen = (*read)[0];
  EXPECT_EQ(seen.frontends.at(testing::FrontendAt("10.96.0.1:80/tcp")), 7U);
  EXPECT_EQ(seen.frontends.at(testing::FrontendAt("node port 30080/tcp")), 5U);
  uint64_t sum = 0;
  for (const auto& [key, count] : seen.endpoints) sum += count;
  EXPECT_EQ(seen.endpoints.size(), 2U);
  EXPECT_EQ(sum, 201U);
  EXPECT_TRUE((*read)[1].frontends.empty());
}

}  // namespace
}  // namespace nftsvc::reconcile
