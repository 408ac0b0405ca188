// SPDX-License-Identifier: Apache-2.0
#include "src/config/host_facts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/builders.h"

namespace nftsvc::config {
namespace {

using testing::Cidr;
using ::testing::Contains;
using ::testing::ElementsAre;
using testing::Ip;
using ::testing::IsEmpty;

HostAddresses Host() {
  HostAddresses host;
  host.all = {Ip("127.0.0.1"), Ip("192.168.0.2"), Ip("192.168.0.3"), Ip("203.0.113.5"),
              Ip("::1"),       Ip("fd00:168::2"), Ip("fe80::1")};
  std::sort(host.all.begin(), host.all.end());
  host.primary = {Ip("192.168.0.2"), Ip("fd00:168::2")};
  return host;
}

TEST(HostFactsTest, PrimaryAddressesTakeNodePortsByDefault) {
  const forwarding::HostFacts facts = HostFactsOf({}, Host());
  EXPECT_FALSE(facts.node_ports_on_all_addresses);
  EXPECT_THAT(facts.node_port_addresses, ElementsAre(Ip("192.168.0.2"), Ip("fd00:168::2")));
  EXPECT_EQ(facts.local_addresses, Host().all);
}

TEST(HostFactsTest, CidrsChooseAmongTheAddressesButNeverLoopbackOrLinkLocal) {
  Config config;
  config.node_port_addresses = {
      .primary = false, .cidrs = {Cidr("192.168.0.0/24"), Cidr("127.0.0.0/8"), Cidr("fe80::/10")}};
  EXPECT_THAT(HostFactsOf(config, Host()).node_port_addresses,
              ElementsAre(Ip("192.168.0.2"), Ip("192.168.0.3")));
}

TEST(HostFactsTest, PrimaryAndCidrsAddUp) {
  Config config;
  config.node_port_addresses = {.primary = true, .cidrs = {Cidr("203.0.113.0/24")}};
  EXPECT_THAT(HostFactsOf(config, Host()).node_port_addresses,
              ElementsAre(Ip("192.168.0.2"), Ip("203.0.113.5"), Ip("fd00:168::2")));
}

TEST(HostFactsTest, AllAddressesNeedNoList) {
  Config config;
  config.node_port_addresses = {.primary = false, .cidrs = {Cidr("0.0.0.0/0")}};
  const forwarding::HostFacts facts = HostFactsOf(config, Host());
  EXPECT_TRUE(facts.node_ports_on_all_addresses);
  EXPECT_THAT(facts.node_port_addresses, IsEmpty());
}

TEST(HostFactsTest, AllOfOneFamilyBesideSomeOfTheOtherAreListed) {
  Config config;
  config.node_port_addresses = {.primary = false, .cidrs = {Cidr("0.0.0.0/0"), Cidr("fd01::/16")}};
  const forwarding::HostFacts facts = HostFactsOf(config, Host());
  EXPECT_FALSE(facts.node_ports_on_all_addresses);
  EXPECT_THAT(facts.node_port_addresses,
              ElementsAre(Ip("192.168.0.2"), Ip("192.168.0.3"), Ip("203.0.113.5")));
}

TEST(HostFactsTest, TheConfigsAddressesStandInForTheInterfaces) {
  Config config;
  config.addresses = {Ip("198.51.100.7"), Ip("198.51.100.8")};
  const forwarding::HostFacts facts = HostFactsOf(config, Host());
  EXPECT_THAT(facts.node_port_addresses, ElementsAre(Ip("198.51.100.7")));
  EXPECT_THAT(facts.local_addresses, Contains(Ip("198.51.100.8")));
  EXPECT_THAT(facts.local_addresses, Contains(Ip("192.168.0.2")));
}

TEST(HostFactsTest, AHostWithoutAddressesHasNoNodePorts) {
  EXPECT_THAT(HostFactsOf({}, HostAddresses()).node_port_addresses, IsEmpty());
}

}  // namespace
}  // namespace nftsvc::config
