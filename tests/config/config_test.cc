// SPDX-License-Identifier: Apache-2.0
#include "src/config/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "absl/strings/str_cat.h"
#include "tests/control/temporary_directory.h"
#include "tests/support/builders.h"

namespace nftsvc::config {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::StartsWith;

Config Parse(const std::string& text) {
  ConfigReading reading = ParseConfig(text, "test");
  EXPECT_THAT(reading.mistakes, IsEmpty()) << text;
  return std::move(reading.config);
}

TEST(ConfigTest, AnEmptyFileGivesTheDefaultsOfTheProto) {
  const Config config = Parse("");
  const forwarding::HostFacts& host = config.settings.host;
  EXPECT_EQ(host, forwarding::HostFacts());
  EXPECT_TRUE(host.reject_unassigned_ports);
  EXPECT_EQ(config.settings.options.mark_bits, 0x4000u);
  EXPECT_TRUE(config.settings.options.fully_random);
  EXPECT_EQ(config.settings.drift_poll_interval, absl::Seconds(1));
  EXPECT_EQ(config.settings.flow_scope, forwarding::FlowScope::kUdp);
  EXPECT_THAT(config.addresses, IsEmpty());
  EXPECT_TRUE(config.node_port_addresses.primary);
  EXPECT_THAT(config.node_port_addresses.cidrs, IsEmpty());
  EXPECT_EQ(config.socket.path, "/run/nftsvc/control.sock");
  EXPECT_EQ(config.socket.mode, mode_t{0660});
  EXPECT_EQ(config.socket.group, std::nullopt);
  EXPECT_EQ(config.state_directory, "/var/lib/nftsvc");
  EXPECT_EQ(config.services_directory, "/etc/nftsvc/services.d");
  EXPECT_THAT(config.http.listen, ElementsAre(std::pair(testing::Ip("127.0.0.1"), 10256)));
  EXPECT_EQ(config.http.max_series, size_t{10'000});
  EXPECT_EQ(config.limits.max_message_bytes, size_t{268'435'456});
  EXPECT_EQ(config.limits.max_clients, 128u);
  EXPECT_EQ(config.limits.client_timeout, std::chrono::seconds(30));
  EXPECT_EQ(config.access, control::Access());
  EXPECT_EQ(config.history_keep, 10u);
}

TEST(ConfigTest, AccessIsOfUsersAndGroupsByNameOrNumber) {
  const Config config = Parse(R"(
    access { writers: "root" writers: "1000" writers: "@root" readers: "@1001" }
    history { keep: 0 }
  )");
  const control::Principals writers = {.users = {0, 1000}, .groups = {0}};
  const control::Principals readers = {.users = {}, .groups = {1001}};
  EXPECT_EQ(config.access, (control::Access{.writers = writers, .readers = readers}));
  EXPECT_EQ(config.history_keep, 0u);
}

TEST(ConfigTest, EveryFieldHasItsEffect) {
  const Config config = Parse(R"(
    node {
      name: "node-a" zone: "zone-1"
      addresses: "192.168.0.2" addresses: "fd00:168::2"
      node_port_addresses: "primary" node_port_addresses: "192.168.0.0/24"
      localhost_node_ports: true
    }
    local_pods { cidrs: "10.0.0.0/8" cidrs: "fd00:10::/64" }
    masquerade { all: true mark_bit: 3 fully_random: false }
    service_cidrs: "172.30.0.0/16"
    reject_unassigned_ports: false
    control_socket: "/tmp/x.sock"
    control_socket_access { mode: "0600" group: "0" }
    state_directory: "/tmp/state"
    layout: FLAT
    limits { max_message_bytes: 1024 max_clients: 4096 client_timeout_seconds: 3600 }
    drift_poll_interval_ms: 100
    forget_unanswered_tcp: true
    table_ownership: EXCLUSIVE
  )");
  const forwarding::HostFacts& host = config.settings.host;
  EXPECT_EQ(host.node_name, "node-a");
  EXPECT_EQ(host.zone, "zone-1");
  EXPECT_THAT(host.pods.cidrs,
              ElementsAre(testing::Cidr("10.0.0.0/8"), testing::Cidr("fd00:10::/64")));
  EXPECT_TRUE(host.localhost_node_ports);
  EXPECT_EQ(config.settings.flow_scope, forwarding::FlowScope::kUdpAndHalfOpenTcp);
  EXPECT_TRUE(host.masquerade_all);
  EXPECT_THAT(host.service_cidrs, ElementsAre(testing::Cidr("172.30.0.0/16")));
  EXPECT_FALSE(host.reject_unassigned_ports);
  EXPECT_EQ(config.settings.options.mark_bits, 8u);
  EXPECT_FALSE(config.settings.options.fully_random);
  EXPECT_TRUE(config.settings.options.exclusive);
  EXPECT_EQ(config.settings.drift_poll_interval, absl::Milliseconds(100));
  EXPECT_THAT(config.addresses,
              ElementsAre(testing::Ip("192.168.0.2"), testing::Ip("fd00:168::2")));
  EXPECT_TRUE(config.node_port_addresses.primary);
  EXPECT_THAT(config.node_port_addresses.cidrs, ElementsAre(testing::Cidr("192.168.0.0/24")));
  EXPECT_EQ(config.socket.path, "/tmp/x.sock");
  EXPECT_EQ(config.socket.mode, mode_t{0600});
  EXPECT_EQ(config.socket.group, gid_t{0});
  EXPECT_EQ(config.state_directory, "/tmp/state");
  EXPECT_EQ(config.limits.max_message_bytes, 1024u);
  EXPECT_EQ(config.limits.max_clients, 4096u);
  EXPECT_EQ(config.limits.client_timeout, std::chrono::hours(1));
}

TEST(ConfigTest, PodsCanBeToldByTheirInterface) {
  EXPECT_EQ(Parse("local_pods { bridge_interface: 'cni0' }").settings.host.pods.interface, "cni0");
  EXPECT_EQ(
      Parse("local_pods { interface_name_prefix: 'veth' }").settings.host.pods.interface_prefix,
      "veth");
}

TEST(ConfigTest, AGroupIsFoundByItsName) {
  EXPECT_EQ(Parse("control_socket_access { group: 'root' }").socket.group, gid_t{0});
}

TEST(ConfigTest, NodePortAddressesAreAllWhereNoFamilyIsRestricted) {
  const auto are_all = [](const std::vector<std::string>& cidrs) {
    std::string text = "node {";
    for (const std::string& cidr : cidrs) {
      absl::StrAppend(&text, " node_port_addresses: '", cidr, "'");
    }
    return Parse(absl::StrCat(text, " }")).node_port_addresses.AreAll();
  };
  EXPECT_FALSE(are_all({}));
  EXPECT_FALSE(are_all({"primary"}));
  EXPECT_TRUE(are_all({"0.0.0.0/0"}));
  EXPECT_TRUE(are_all({"::/0"}));
  EXPECT_TRUE(are_all({"0.0.0.0/0", "::/0"}));
  EXPECT_TRUE(are_all({"0.0.0.0/0", "192.168.0.0/24"}));
  EXPECT_FALSE(are_all({"192.168.0.0/24"}));
  EXPECT_FALSE(are_all({"0.0.0.0/0", "fd00::/8"}));
}

struct Mistaken {
  const char* text;
  const char* mistake;
};

class ConfigMistakeTest : public ::testing::TestWithParam<Mistaken> {};

TEST_P(ConfigMistakeTest, IsToldWithItsPlace) {
  EXPECT_THAT(ParseConfig(GetParam().text, "test").mistakes, ElementsAre(GetParam().mistake))
      << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(
    Each, ConfigMistakeTest,
    ::testing::Values(
        Mistaken{"node {\n  nam: 'x' }",
                 "test:2:6: Message type \"nftsvc.v1.Node\" has no field named \"nam\"."},
        Mistaken{"state_directory: '/a'\nstate_directory: '/b'",
                 "test:2:16: Non-repeated field \"state_directory\" is specified multiple times."},
        Mistaken{"layout: ROUND",
                 "test:1:14: Unknown enumeration value of \"ROUND\" for field \"layout\"."},
        Mistaken{"node { addresses: '10.0.0.256' }",
                 "test:1:8: node.addresses[0]: \"10.0.0.256\" is not an address"},
        Mistaken{"node { addresses: '127.0.0.1' }",
                 "test:1:8: node.addresses[0]: 127.0.0.1 cannot be dialled from other hosts"},
        Mistaken{"node { node_port_addresses: 'first' }",
                 "test:1:8: node.node_port_addresses[0]: \"first\" is neither a CIDR nor "
                 "\"primary\""},
        Mistaken{"local_pods {\n  cidrs: '10.0.0.0/8'\n  cidrs: 'x'\n}",
                 "test:3:3: local_pods.cidrs[1]: \"x\" is not a CIDR"},
        Mistaken{"local_pods { cidrs: '10.0.0.0/8' bridge_interface: 'cni0' }",
                 "test:1:1: local_pods: more than one of cidrs, bridge_interface and "
                 "interface_name_prefix is set"},
        Mistaken{"local_pods { bridge_interface: 'a name of more' }",
                 "test:1:14: local_pods.bridge_interface: \"a name of more\" is not an "
                 "interface's name"},
        Mistaken{"local_pods { interface_name_prefix: '0123456789abcdef' }",
                 "test:1:14: local_pods.interface_name_prefix: \"0123456789abcdef\" is not an "
                 "interface's name"},
        Mistaken{"masquerade { mark_bit: 32 }",
                 "test:1:14: masquerade.mark_bit: 32 is not a bit of a mark: 0 to 31"},
        Mistaken{"service_cidrs: '10.0.0.0/33'",
                 "test:1:1: service_cidrs[0]: \"10.0.0.0/33\" is not a CIDR"},
        Mistaken{"control_socket: 'run/x.sock'",
                 "test:1:1: control_socket: \"run/x.sock\" is not an absolute path"},
        Mistaken{"control_socket_access { mode: '0777' }",
                 "test:1:25: control_socket_access.mode: \"0777\" is not an octal mode within "
                 "0666"},
        Mistaken{"control_socket_access { mode: '0o60' }",
                 "test:1:25: control_socket_access.mode: \"0o60\" is not an octal mode within "
                 "0666"},
        Mistaken{"access { writers: 'no-such-user' }",
                 "test:1:10: access.writers[0]: no such user: \"no-such-user\""},
        Mistaken{"access { readers: '@no-such-group' }",
                 "test:1:10: access.readers[0]: no such group: \"no-such-group\""},
        Mistaken{"access { writers: '@' }", "test:1:10: access.writers[0]: no such group: \"\""},
        Mistaken{"access { writers: '4294967295' }",
                 "test:1:10: access.writers[0]: no such user: \"4294967295\""},
        Mistaken{"history { keep: 1001 }", "test:1:11: history.keep: 1001 is more than 1000"},
        Mistaken{"control_socket_access { group: 'nobody-is-in-it' }",
                 "test:1:25: control_socket_access.group: no such group: \"nobody-is-in-it\""},
        Mistaken{"state_directory: 'state'",
                 "test:1:1: state_directory: \"state\" is not an absolute path"},
        Mistaken{"layout: 7", "test:1:1: layout: 7 is none of them"},
        Mistaken{"mode: 7", "test:1:1: mode: 7 is none of them"},
        Mistaken{"mode: IPTABLES layout: VERDICT_MAPS",
                 "test:1:16: layout: VERDICT_MAPS is a layout of nft's tables, which mode IPTABLES "
                 "does not have"},
        Mistaken{"mode: IPTABLES local_pods { bridge_interface: 'br+' }",
                 "test:1:29: local_pods.bridge_interface: \"br+\" ends in +, which iptables takes "
                 "for any ending"},
        Mistaken{"table_ownership: 7", "test:1:1: table_ownership: 7 is none of them"},
        Mistaken{"limits { max_message_bytes: 1023 }",
                 "test:1:10: limits.max_message_bytes: 1023 is not within 1024 to 1073741824"},
        Mistaken{"limits { max_clients: 4097 }",
                 "test:1:10: limits.max_clients: 4097 is not within 1 to 4096"},
        Mistaken{"limits { client_timeout_seconds: 3601 }",
                 "test:1:10: limits.client_timeout_seconds: 3601 is not within 1 to 3600"},
        Mistaken{"drift_poll_interval_ms: 99",
                 "test:1:1: drift_poll_interval_ms: 99 is not within 100 to 3600000"}));

TEST(ConfigTest, TheModeIsOfNftablesUnlessItIsSaid) {
  for (const char* text : {"", "mode: NFTABLES", "mode: MODE_UNSPECIFIED"}) {
    EXPECT_EQ(ParseConfig(text, "test").config.settings.mode, reconcile::Mode::kNftables) << text;
  }
  const ConfigReading reading = ParseConfig("mode: IPTABLES state_directory: '/x'", "test");
  EXPECT_EQ(reading.config.settings.mode, reconcile::Mode::kIptables);
  EXPECT_EQ(ChainMarkerOf(reading.config), "/x/iptables");
}

TEST(ConfigTest, AllMistakesOfValuesAreTold) {
  EXPECT_THAT(
      ParseConfig("node { addresses: 'x' addresses: 'y' }\nlayout: 7", "test").mistakes,
      ElementsAre(StartsWith("test:1:8: node.addresses[0]"),
                  StartsWith("test:1:23: node.addresses[1]"), StartsWith("test:2:1: layout")));
}

TEST(ConfigTest, TooManyCidrsAreOneMistake) {
  std::string text;
  for (int i = 0; i < 65; ++i) absl::StrAppend(&text, "service_cidrs: 'x'\n");
  EXPECT_THAT(ParseConfig(text, "test").mistakes,
              ElementsAre("test:1:1: service_cidrs: holds more than 64 CIDRs"));
}

TEST(ConfigTest, ASocketPathThatTheKernelCannotTakeIsAMistake) {
  const std::string path = "/" + std::string(107, 'x');
  EXPECT_THAT(ParseConfig(absl::StrCat("control_socket: '", path, "'"), "test").mistakes,
              ElementsAre("test:1:1: control_socket: is longer than 107 bytes"));
}

TEST(ConfigTest, HttpIsWhereItIsSaidAndOffWithOneLine) {
  const Config config = Parse("http { listen: '0.0.0.0:9100' listen: '[::1]:9101' max_series: 5 }");
  EXPECT_THAT(config.http.listen, ElementsAre(std::pair(testing::Ip("0.0.0.0"), 9100),
                                              std::pair(testing::Ip("::1"), 9101)));
  EXPECT_EQ(config.http.max_series, 5u);
  EXPECT_THAT(Parse("http { disabled: true }").http.listen, IsEmpty());
}

TEST(ConfigTest, WhatIsNoAddressAndPortIsAMistake) {
  for (const char* text :
       {"", "127.0.0.1", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536", "::1:80", "[127.0.0.1]:80",
        "[::1]", "[::1:80", "localhost:80", ":80", "1:-1"}) {
    EXPECT_THAT(ParseConfig(absl::StrCat("http { listen: '", text, "' }"), "test").mistakes,
                ElementsAre(StartsWith("test:1:8: http.listen[0]: ")))
        << text;
  }
  EXPECT_THAT(ParseConfig("services_directory: 'x'", "test").mistakes,
              ElementsAre("test:1:1: services_directory: \"x\" is not an absolute path"));
}

TEST(ConfigTest, AFileIsReadByItsName) {
  const testing::TemporaryDirectory directory;
  const std::string file = directory / "nftsvcd.textproto";
  EXPECT_EQ(ReadConfig(file).status(),
            absl::NotFoundError(absl::StrCat("read ", file, ": no such file or directory")));
  std::ofstream(file) << "layout: ROUND";
  const auto reading = ReadConfig(file);
  ASSERT_TRUE(reading.ok());
  EXPECT_THAT(reading->mistakes, ElementsAre(StartsWith(absl::StrCat(file, ":1:14: "))));
}

TEST(ConfigTest, TheFileThatIsShippedIsTheDefaults) {
  const auto reading = ReadConfig(NFTSVC_SOURCE_DIR "/packaging/nftsvcd.textproto");
  ASSERT_TRUE(reading.ok()) << reading.status();
  EXPECT_THAT(reading->mistakes, IsEmpty());
  const Config defaults = Parse("");
  EXPECT_EQ(reading->config.settings, defaults.settings);
  EXPECT_EQ(reading->config.socket, defaults.socket);
  EXPECT_EQ(reading->config.state_directory, defaults.state_directory);
  EXPECT_EQ(reading->config.services_directory, defaults.services_directory);
  EXPECT_EQ(reading->config.http, defaults.http);
}

}  // namespace
}  // namespace nftsvc::config
