// SPDX-License-Identifier: Apache-2.0
#include "src/iptables/chain_names.h"

#include <gtest/gtest.h>

#include "tests/support/builders.h"

namespace nftsvc::iptables {
namespace {

using base::Protocol;
using testing::Ip;

// Names that every cluster has, and others that kube-proxy gives.
TEST(ChainNamesTest, NamesChainsAsKubeProxyDoes) {
  EXPECT_EQ(PortChainsOf("ns1/svc1:p80", Protocol::kTcp).service, "KUBE-SVC-XPGD46QRK7WJZT7O");
  EXPECT_EQ(PortChainsOf("default/kubernetes:https", Protocol::kTcp).service,
            "KUBE-SVC-NPX46M4PTMTKRN6Y");
  EXPECT_EQ(PortChainsOf("kube-system/kube-dns:dns", Protocol::kUdp).service,
            "KUBE-SVC-TCOU7JCQXEZGVUNU");
  EXPECT_EQ(EndpointChain("ns1/svc1:p80", Protocol::kTcp, Ip("10.180.0.1"), 80),
            "KUBE-SEP-SXIVWICOYRO3J4NJ");
}

TEST(ChainNamesTest, TheChainsOfAPortShareAHash) {
  const PortChains chains = PortChainsOf("ns1/svc1:p80", Protocol::kTcp);
  EXPECT_EQ(chains.local, "KUBE-SVL-XPGD46QRK7WJZT7O");
  EXPECT_EQ(chains.external, "KUBE-EXT-XPGD46QRK7WJZT7O");
  EXPECT_EQ(chains.firewall, "KUBE-FW-XPGD46QRK7WJZT7O");
}

TEST(ChainNamesTest, AnIPv6EndpointIsHashedInBrackets) {
  EXPECT_EQ(EndpointChain("default/web:http", Protocol::kTcp, Ip("fd00::2"), 8080),
            "KUBE-SEP-WNEO7DVGBWZ7AFS4");
}

TEST(ChainNamesTest, TheProtocolTellsPortsApart) {
  EXPECT_NE(PortChainsOf("kube-system/kube-dns:dns", Protocol::kTcp).service,
            PortChainsOf("kube-system/kube-dns:dns", Protocol::kUdp).service);
}

TEST(ChainNamesTest, OwnChainsAreThoseThatWeMake) {
  const PortChains chains = PortChainsOf("ns1/svc1:p80", Protocol::kTcp);
  for (const std::string& own :
       {std::string(kServices), std::string(kForward), std::string(kClusterIps),
        std::string(kLocalnet), chains.service, chains.local, chains.external, chains.firewall,
        EndpointChain("web", Protocol::kSctp, Ip("10.0.0.2"), 80)}) {
    EXPECT_TRUE(IsOwnChain(own)) << own;
  }
  for (const char* other : {"INPUT", "KUBE-FIREWALL", "KUBE-KUBELET-CANARY", "KUBE-PROXY-CANARY",
                            "KUBE-SERVICES-2", "DOCKER", "KUBE-SVC", ""}) {
    EXPECT_FALSE(IsOwnChain(other)) << other;
  }
}

}  // namespace
}  // namespace nftsvc::iptables
