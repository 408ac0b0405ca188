// SPDX-License-Identifier: Apache-2.0
#include "src/forwarding/host_facts.h"

#include <gtest/gtest.h>

#include "tests/support/builders.h"

namespace nftsvc::forwarding {
namespace {

using base::Family;
using testing::Cidr;
using testing::Ip;

TEST(HostFactsTest, PodsAreToldByAddressInTheFamiliesOfTheCidrs) {
  PodDetector pods;
  EXPECT_FALSE(pods.Detects(Family::kIPv4));
  pods.cidrs = {Cidr("10.0.0.0/24"), Cidr("10.0.9.0/24")};
  EXPECT_TRUE(pods.Detects(Family::kIPv4));
  EXPECT_FALSE(pods.Detects(Family::kIPv6));
  EXPECT_TRUE(pods.IsPod(Ip("10.0.9.1"), "eth0"));
  EXPECT_FALSE(pods.IsPod(Ip("10.0.1.1"), "cbr0"));
}

TEST(HostFactsTest, PodsAreToldByInterfaceInBothFamilies) {
  PodDetector pods;
  pods.interface = "cbr0";
  EXPECT_TRUE(pods.Detects(Family::kIPv4));
  EXPECT_TRUE(pods.Detects(Family::kIPv6));
  EXPECT_TRUE(pods.IsPod(Ip("203.0.113.5"), "cbr0"));
  EXPECT_FALSE(pods.IsPod(Ip("10.0.0.2"), "cbr01"));
  EXPECT_FALSE(pods.IsPod(Ip("10.0.0.2"), ""));
}

TEST(HostFactsTest, PodsAreToldByThePrefixOfAnInterface) {
  PodDetector pods;
  pods.interface_prefix = "veth";
  EXPECT_TRUE(pods.Detects(Family::kIPv6));
  EXPECT_TRUE(pods.IsPod(Ip("10.0.0.2"), "veth12ab"));
  EXPECT_TRUE(pods.IsPod(Ip("10.0.0.2"), "veth"));
  EXPECT_FALSE(pods.IsPod(Ip("10.0.0.2"), "eth0"));
  EXPECT_FALSE(pods.IsPod(Ip("10.0.0.2"), ""));
}

TEST(HostFactsTest, LoopbackIsAlwaysLocal) {
  HostFacts host;
  host.local_addresses = {Ip("192.168.0.2"), Ip("fd00::2")};
  EXPECT_TRUE(host.IsLocal(Ip("127.9.9.9")));
  EXPECT_TRUE(host.IsLocal(Ip("::1")));
  EXPECT_TRUE(host.IsLocal(Ip("192.168.0.2")));
  EXPECT_TRUE(host.IsLocal(Ip("fd00::2")));
  EXPECT_FALSE(host.IsLocal(Ip("192.168.0.3")));
}

TEST(HostFactsTest, NodePortsAreAcceptedAtEveryAddressOrAtThoseListed) {
  HostFacts host;
  host.local_addresses = {Ip("192.168.0.2"), Ip("192.168.0.3")};
  host.node_port_addresses = {Ip("192.168.0.3"), Ip("127.0.0.1")};
  EXPECT_FALSE(host.AcceptsNodePortsAt(Ip("192.168.0.2")));
  EXPECT_TRUE(host.AcceptsNodePortsAt(Ip("192.168.0.3")));
  EXPECT_FALSE(host.AcceptsNodePortsAt(Ip("127.0.0.1"))) << "never at loopback";
  host.node_ports_on_all_addresses = true;
  EXPECT_TRUE(host.AcceptsNodePortsAt(Ip("192.168.0.2")));
  EXPECT_FALSE(host.AcceptsNodePortsAt(Ip("127.0.0.1")));
  EXPECT_FALSE(host.AcceptsNodePortsAt(Ip("192.168.0.4")));
}

}  // namespace
}  // namespace nftsvc::forwarding
