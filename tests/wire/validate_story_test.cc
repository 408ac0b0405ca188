// SPDX-License-Identifier: Apache-2.0
// Every rule that one service can break by itself: a snapshot and the issues it gets.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gtest/gtest.h"
#include "tests/wire/story.h"

namespace nftsvc::wire {
namespace {

struct Story {
  std::string text;                 // of services[0], or of what a test puts it into
  std::vector<std::string> issues;  // without "services[0]" and what a test puts in front
};

void Tell(const std::vector<Story>& stories, absl::string_view around, absl::string_view path) {
  for (const Story& story : stories) {
    const std::string text = absl::StrReplaceAll(around, {{"$", story.text}});
    std::vector<std::string> issues;
    for (const std::string& issue : story.issues) issues.push_back(absl::StrCat(path, issue));
    EXPECT_EQ(IssuesOf(text), issues) << text;
  }
}

TEST(ValidateStoryTest, AnEmptySnapshotIsValid) { EXPECT_TRUE(IssuesOf("").empty()); }

TEST(ValidateStoryTest, AnEmptyServiceLacksANameAndAPort) {
  EXPECT_EQ(IssuesOf("services {}"),
            (std::vector<std::string>{"services[0].name: is needed",
                                      "services[0].ports: a service needs at least one"}));
}

TEST(ValidateStoryTest, Names) {
  const std::string n63(63, 'n');
  const std::string n64(64, 'n');
  const std::string n253(253, 'N');
  const std::string n254(254, 'N');
  const std::string shown(64, 'N');
  Tell(
      {
          {"name: 'web'", {}},
          {"name: 'a' namespace: ''", {}},
          {"name: 'A.b_c-9' namespace: 'a.b-9'", {}},
          {absl::StrCat("name: '", n253, "' namespace: '", n63, "'"), {}},
          {"namespace: 'default'", {".name: is needed"}},
          {"name: ''", {".name: is needed"}},
          {"name: 'a/b'",
           {".name: \"a/b\" has a character other than a-z, A-Z, 0-9, '-', '.' and '_'"}},
          {"name: 'a b'",
           {".name: \"a b\" has a character other than a-z, A-Z, 0-9, '-', '.' and '_'"}},
          {"name: 'a\\n'",
           {".name: \"a\\n\" has a character other than a-z, A-Z, 0-9, '-', '.' and '_'"}},
          {"name: 'é'",
           {".name: \"é\" has a character other than a-z, A-Z, 0-9, '-', '.' and '_'"}},
          {"name: 'a' namespace: 'Default'",
           {".namespace: \"Default\" has a character other than a-z, 0-9, '-' and '.'"}},
          {"name: 'a' namespace: 'a_b'",
           {".namespace: \"a_b\" has a character other than a-z, 0-9, '-' and '.'"}},
          {absl::StrCat("name: 'a' namespace: '", n64, "'"),
           {absl::StrCat(".namespace: \"", n64, "\" is 64 bytes long, at most 63 are allowed")}},
          {absl::StrCat("name: '", n254, "'"),
           {absl::StrCat(".name: \"", shown, "…\" is 254 bytes long, at most 253 are allowed")}},
      },
      "services { $ cluster_ips: '10.0.0.1' ports { protocol: TCP port: 80 } }", "services[0]");
}

TEST(ValidateStoryTest, Labels) {
  const std::string l253(253, 'l');
  const std::string l254(254, 'l');
  std::string labels64;
  for (int i = 0; i < 64; ++i) absl::StrAppend(&labels64, "labels { key: 'k", i, "' value: '' } ");
  Tell(
      {
          {"labels { key: 'team' value: 'core \"quoted\" \\\\ ü' }", {}},
          {absl::StrCat("labels { key: '", l253, "' value: '", l253, "' }"), {}},
          {labels64, {}},
          {labels64 + "labels { key: 'k' value: '' }",
           {".labels: 65 are too many, at most 64 are allowed"}},
          {absl::StrCat("labels { key: 'k' value: '", l254, "' }"),
           {absl::StrCat(".labels: \"", std::string(64, 'l'),
                         "…\" is 254 bytes long, at most 253 are allowed")}},
          {"labels { key: 'a\\tb' value: '' }", {".labels: \"a\\tb\" has a control character"}},
          {"labels { key: 'a' value: '\\177' }", {".labels: \"\\177\" has a control character"}},
          {"labels { key: 'a' value: 'x\\302\\205' }",
           {".labels: \"x\\302\\205\" has a control character"}},
          {"labels { key: 'a' value: 'x\\377' }", {".labels: \"x\\377\" is not UTF-8"}},
      },
      "services { name: 'web' $ cluster_ips: '10.0.0.1' ports { protocol: TCP port: 80 } }",
      "services[0]");
}

TEST(ValidateStoryTest, Addresses) {
  const std::vector<Story> kStories = {
      {"10.0.0.1", {}},
      {"255.255.255.254", {}},
      {"fd00::1", {}},
      {"::ffff:10.0.0.1", {}},
      {"", {"\"\" is not an IP address"}},
      {"10.0.0.300", {"\"10.0.0.300\" is not an IP address"}},
      {"10.0.0.01", {"\"10.0.0.01\" is not an IP address"}},
      {"10.0.0.1/32", {"\"10.0.0.1/32\" is not an IP address"}},
      {"fe80::1%eth0", {"\"fe80::1%eth0\" is not an IP address"}},
      {"a\\\"b\\n", {"\"a\\\"b\\n\" is not an IP address"}},
      {std::string(100, '1'),
       {absl::StrCat("\"", std::string(64, '1'), "…\" is not an IP address")}},
      {"0.0.0.0", {"0.0.0.0 is the unspecified address"}},
      {"::", {":: is the unspecified address"}},
      {"127.0.0.1", {"127.0.0.1 is a loopback address"}},
      {"127.255.0.1", {"127.255.0.1 is a loopback address"}},
      {"::1", {"::1 is a loopback address"}},
      {"224.0.0.1", {"224.0.0.1 is a multicast address"}},
      {"ff02::1", {"ff02::1 is a multicast address"}},
      {"169.254.0.1", {"169.254.0.1 is a link-local address"}},
      {"fe80::1", {"fe80::1 is a link-local address"}},
  };
  for (const char* field : {"cluster_ips", "external_ips", "load_balancer_ips"}) {
    Tell(kStories,
         absl::StrCat("services { name: 'web' ", field,
                      ": \"$\" ports { protocol: TCP port: 80 } }"),
         absl::StrCat("services[0].", field, "[0]: "));
  }
  Tell(kStories,
       "services { name: 'web' ports { protocol: TCP port: 80 node_port: 30080"
       "  endpoints { address: \"$\" port: 8080 } } }",
       "services[0].ports[0].endpoints[0].address: ");
}

TEST(ValidateStoryTest, ListsOfAddresses) {
  const auto many = [](absl::string_view field, int count) {
    std::string text;
    for (int i = 1; i <= count; ++i) absl::StrAppend(&text, field, ": '10.0.", i, ".1' ");
    return text;
  };
  Tell(
      {
          {many("cluster_ips", 16), {}},
          {many("cluster_ips", 17), {".cluster_ips: 17 are too many, at most 16 are allowed"}},
          {many("external_ips", 64), {}},
          {many("external_ips", 65), {".external_ips: 65 are too many, at most 64 are allowed"}},
          {many("load_balancer_ips", 64), {}},
          {many("load_balancer_ips", 65),
           {".load_balancer_ips: 65 are too many, at most 64 are allowed"}},
          {"cluster_ips: '10.0.0.1' cluster_ips: '10.0.0.1'", {}},
          {"cluster_ips: '10.0.0.1' external_ips: '10.0.0.2' external_ips: '10.0.0.1'",
           {".external_ips[1]: 10.0.0.1 is in cluster_ips too"}},
          {"external_ips: 'fd00::1' load_balancer_ips: 'fd00:0::1'",
           {".load_balancer_ips[0]: fd00::1 is in external_ips too"}},
          {"cluster_ips: 'x' cluster_ips: '10.0.0.1' cluster_ips: 'y'",
           {".cluster_ips[0]: \"x\" is not an IP address",
            ".cluster_ips[2]: \"y\" is not an IP address"}},
      },
      "services { name: 'web' $ ports { protocol: TCP port: 80 } }", "services[0]");
}

TEST(ValidateStoryTest, SourceRanges) {
  std::string ranges256;
  for (int i = 0; i < 256; ++i) {
    absl::StrAppend(&ranges256, "load_balancer_source_ranges: '10.", i, ".0.0/16' ");
  }
  Tell(
      {
          {"load_balancer_source_ranges: '10.0.0.0/8'", {}},
          {"load_balancer_source_ranges: '0.0.0.0/0'", {}},
          {"load_balancer_source_ranges: '127.0.0.1'", {}},
          {"load_balancer_source_ranges: 'fd00::/8' load_balancer_source_ranges: 'fd00::1/8'", {}},
          {ranges256, {}},
          {ranges256 + "load_balancer_source_ranges: '11.0.0.0/8'",
           {".load_balancer_source_ranges: 257 are too many, at most 256 are allowed"}},
          {"load_balancer_source_ranges: '10.0.0.0/33'",
           {".load_balancer_source_ranges[0]: \"10.0.0.0/33\" is not an IP address or CIDR"}},
          {"load_balancer_source_ranges: '::/0' load_balancer_source_ranges: 'all'",
           {".load_balancer_source_ranges[1]: \"all\" is not an IP address or CIDR"}},
      },
      "services { name: 'web' load_balancer_ips: '192.0.2.1' $ ports { protocol: TCP port: 80 } }",
      "services[0]");
}

TEST(ValidateStoryTest, TrafficPolicies) {
  Tell(
      {
          {"internal_traffic_policy: CLUSTER external_traffic_policy: LOCAL", {}},
          {"internal_traffic_policy: LOCAL", {}},
          {"internal_traffic_policy: 3", {".internal_traffic_policy: 3 is not a traffic policy"}},
          {"external_traffic_policy: -1", {".external_traffic_policy: -1 is not a traffic policy"}},
      },
      "services { name: 'web' cluster_ips: '10.0.0.1' $ ports { protocol: TCP port: 80 } }",
      "services[0]");
}

TEST(ValidateStoryTest, AffinityAndBalancing) {
  Tell(
      {
          {"session_affinity {}", {}},
          {"session_affinity { client_ip_timeout_seconds: 86401 }",
           {".session_affinity.client_ip_timeout_seconds: 86401 is more than 86400"}},
      },
      "services { name: 'web' cluster_ips: '10.0.0.1' $ ports { protocol: TCP port: 80 } }",
      "services[0]");
  Tell(
      {
          {"BALANCING_UNSPECIFIED", {}},
          {"RANDOM", {}},
          {"ROUND_ROBIN", {}},
          {"SOURCE_HASH", {}},
          {"FLOW_HASH", {}},
          {"MAGLEV", {}},
          {"6", {"6 is not a way of balancing"}},
          {"-2147483648", {"-2147483648 is not a way of balancing"}},
      },
      "services { name: 'web' cluster_ips: '10.0.0.1'"
      "  ports { protocol: TCP port: 80 balancing: $ } }",
      "services[0].ports[0].balancing: ");
  Tell(
      {
          {"RANDOM", {}},
          {"ROUND_ROBIN", {}},
          {"SOURCE_HASH", {"a hash cannot be combined with session_affinity"}},
          {"FLOW_HASH", {"a hash cannot be combined with session_affinity"}},
          {"MAGLEV", {"a hash cannot be combined with session_affinity"}},
      },
      "services { name: 'web' cluster_ips: '10.0.0.1' session_affinity {}"
      "  ports { protocol: TCP port: 80 balancing: $ } }",
      "services[0].ports[0].balancing: ");
}

TEST(ValidateStoryTest, Ports) {
  const std::string n63(63, 'n');
  const std::string n64(64, 'n');
  Tell(
      {
          {"ports { protocol: TCP port: 1 }", {}},
          {"ports { protocol: UDP port: 65535 node_port: 65535 }", {}},
          {"ports { protocol: SCTP port: 80 name: 'http-9' }", {}},
          {absl::StrCat("ports { protocol: TCP port: 80 name: '", n63, "' }"), {}},
          {"ports {}",
           {".ports[0].protocol: is needed: TCP, UDP or SCTP", ".ports[0].port: 0 is not a port"}},
          {"ports { protocol: 4 port: 80 }", {".ports[0].protocol: 4 is not a protocol"}},
          {"ports { protocol: -6 port: 80 }", {".ports[0].protocol: -6 is not a protocol"}},
          {"ports { protocol: TCP }", {".ports[0].port: 0 is not a port"}},
          {"ports { protocol: TCP port: 65536 }", {".ports[0].port: 65536 is not a port"}},
          {"ports { protocol: TCP port: 4294967295 }",
           {".ports[0].port: 4294967295 is not a port"}},
          {"ports { protocol: TCP port: 80 node_port: 65536 }",
           {".ports[0].node_port: 65536 is not a port"}},
          {"ports { protocol: TCP port: 80 name: 'Http' }",
           {".ports[0].name: \"Http\" has a character other than a-z, 0-9 and '-'"}},
          {"ports { protocol: TCP port: 80 name: 'a.b' }",
           {".ports[0].name: \"a.b\" has a character other than a-z, 0-9 and '-'"}},
          {absl::StrCat("ports { protocol: TCP port: 80 name: '", n64, "' }"),
           {absl::StrCat(".ports[0].name: \"", n64,
                         "\" is 64 bytes long, at most 63 are allowed")}},
      },
      "services { name: 'web' cluster_ips: '10.0.0.1' $ }", "services[0]");
}

TEST(ValidateStoryTest, SeveralPorts) {
  const auto many = [](int count) {
    std::string text;
    for (int i = 1; i <= count; ++i) {
      absl::StrAppend(&text, "ports { protocol: TCP name: 'p", i, "' port: ", i, " } ");
    }
    return text;
  };
  Tell(
      {
          {"ports { protocol: TCP port: 53 name: 'a' } ports { protocol: UDP port: 53 name: 'b' }",
           {}},
          {"ports { protocol: TCP port: 80 name: 'a' node_port: 30000 } "
           "ports { protocol: UDP port: 80 name: 'b' node_port: 30000 }",
           {}},
          {many(256), {}},
          {many(257), {".ports: 257 are too many, at most 256 are allowed"}},
          {"ports { protocol: TCP port: 80 } ports { protocol: TCP port: 81 name: 'b' }",
           {".ports[0].name: is needed, because the service has several ports"}},
          {"ports { protocol: TCP port: 80 name: 'a' } ports { protocol: TCP port: 81 name: 'a' }",
           {".ports[1].name: \"a\" is the name of ports[0] too"}},
          {"ports { protocol: TCP port: 80 name: 'a' } ports { protocol: TCP port: 80 name: 'b' }",
           {".ports[1].port: 80/tcp is ports[0] too"}},
          {"ports { protocol: TCP port: 80 name: 'a' node_port: 30000 } "
           "ports { protocol: TCP port: 81 name: 'b' node_port: 30000 }",
           {".ports[1].node_port: 30000/tcp is that of ports[0] too"}},
          {"health_check_node_port: 30000 "
           "ports { protocol: UDP port: 80 name: 'a' node_port: 30000 } "
           "ports { protocol: TCP port: 81 name: 'b' node_port: 30000 }",
           {".ports[1].node_port: 30000/tcp is health_check_node_port too"}},
          {"health_check_node_port: 65535 ports { protocol: TCP port: 80 }", {}},
          {"health_check_node_port: 65536 ports { protocol: TCP port: 80 }",
           {".health_check_node_port: 65536 is not a port"}},
      },
      "services { name: 'web' cluster_ips: '10.0.0.1' $ }", "services[0]");
}

TEST(ValidateStoryTest, EveryPortNeedsAFrontend) {
  Tell(
      {
          {"cluster_ips: '10.0.0.1' ports { protocol: TCP port: 80 }", {}},
          {"external_ips: '10.0.0.1' ports { protocol: TCP port: 80 }", {}},
          {"load_balancer_ips: '10.0.0.1' ports { protocol: TCP port: 80 }", {}},
          {"ports { protocol: TCP port: 80 node_port: 30080 }", {}},
          {"ports { protocol: TCP port: 80 endpoints { address: '10.0.0.2' port: 80 } }",
           {".ports[0]: has no frontend: the service has no address and the port no node_port"}},
          {"ports { name: 'a' protocol: TCP port: 80 node_port: 30080 } "
           "ports { name: 'b' protocol: TCP port: 81 }",
           {".ports[1]: has no frontend: the service has no address and the port no node_port"}},
          {"cluster_ips: 'x' ports { protocol: TCP port: 80 }",
           {".cluster_ips[0]: \"x\" is not an IP address"}},
      },
      "services { name: 'web' $ }", "services[0]");
}

TEST(ValidateStoryTest, Endpoints) {
  const std::string n253(253, 'n');
  const std::string n254(254, 'n');
  std::string hints16;
  for (int i = 0; i < 16; ++i) absl::StrAppend(&hints16, "zone_hints: 'z", i, "' ");
  Tell(
      {
          {"port: 1 weight: 0", {}},
          {"port: 65535 weight: 65535 ready: false serving: false terminating: true", {}},
          {"port: 80 name: 'pod \\'a\\' ü' node: 'node-a' zone: 'zone 1'", {}},
          {absl::StrCat("port: 80 name: '", n253, "'"), {}},
          {"port: 80 " + hints16, {}},
          {"", {".port: 0 is not a port"}},
          {"port: 65536", {".port: 65536 is not a port"}},
          {"port: 80 weight: 65536", {".weight: 65536 is more than 65535"}},
          {absl::StrCat("port: 80 name: '", n254, "'"),
           {absl::StrCat(".name: \"", std::string(64, 'n'),
                         "…\" is 254 bytes long, at most 253 are allowed")}},
          {"port: 80 name: 'a\"b'",
           {".name: \"a\\\"b\" has a control character, quote or backslash"}},
          {"port: 80 name: 'a\\\\b'",
           {".name: \"a\\\\b\" has a control character, quote or backslash"}},
          {"port: 80 node: 'a\\nb'",
           {".node: \"a\\nb\" has a control character, quote or backslash"}},
          {"port: 80 zone: '\\033'",
           {".zone: \"\\033\" has a control character, quote or backslash"}},
          {"port: 80 name: '\\377'", {".name: \"\\377\" is not UTF-8"}},
          {"port: 80 zone_hints: 'a' zone_hints: ''", {".zone_hints[1]: is empty"}},
          {"port: 80 node_hints: '\\001'",
           {".node_hints[0]: \"\\001\" has a control character, quote or backslash"}},
          {"port: 80 zone_hints: 'z' " + hints16,
           {".zone_hints: 17 are too many, at most 16 are allowed"}},
      },
      "services { name: 'web' cluster_ips: '10.0.0.1' ports { protocol: TCP port: 80"
      "  endpoints { address: '10.0.0.2' $ } } }",
      "services[0].ports[0].endpoints[0]");
}

TEST(ValidateStoryTest, EndpointsOfAFamilyThatNoFrontendHas) {
  Tell(
      {
          {"cluster_ips: '10.0.0.1'",
           {"[1].address: fd00::2 is IPv6, but the port has no IPv6 frontend"}},
          {"external_ips: 'fd00::1'",
           {"[0].address: 10.0.0.2 is IPv4, but the port has no IPv4 frontend"}},
          {"cluster_ips: '10.0.0.1' load_balancer_ips: 'fd00::1'", {}},
      },
      "services { name: 'web' $ ports { protocol: TCP port: 80"
      "  endpoints { address: '10.0.0.2' port: 80 } endpoints { address: 'fd00::2' port: 80 } } }",
      "services[0].ports[0].endpoints");
}

TEST(ValidateStoryTest, NodePortsAreFrontendsInTheFamiliesOfTheClusterIps) {
  Tell(
      {
          {"", {}},
          {"external_ips: '10.0.0.1'", {}},
          {"cluster_ips: '10.0.0.1' cluster_ips: 'fd00::1'", {}},
          {"cluster_ips: '10.0.0.1'",
           {"[1].address: fd00::2 is IPv6, but the port has no IPv6 frontend"}},
      },
      "services { name: 'web' $ ports { protocol: TCP port: 80 node_port: 30080"
      "  endpoints { address: '10.0.0.2' port: 80 } endpoints { address: 'fd00::2' port: 80 } } }",
      "services[0].ports[0].endpoints");
}

TEST(ValidateStoryTest, FamiliesAreNotJudgedWhileAddressesCannotBeRead) {
  EXPECT_EQ(
      IssuesOf("services { name: 'web' cluster_ips: '10.0.0.1' cluster_ips: 'fd00::x'"
               "  ports { protocol: TCP port: 80"
               "    endpoints { address: 'fd00::2' port: 80 } } }"),
      (std::vector<std::string>{"services[0].cluster_ips[1]: \"fd00::x\" is not an IP address"}));
}

TEST(ValidateStoryTest, TheSameEndpointTwiceMustWeighTheSame) {
  Tell(
      {
          {"", {}},
          {"weight: 1", {}},
          {"weight: 2", {"[2].weight: 2 differs from 1 of endpoints[0], which is 10.0.0.2:80 too"}},
          {"weight: 0", {"[2].weight: 0 differs from 1 of endpoints[0], which is 10.0.0.2:80 too"}},
      },
      "services { name: 'web' cluster_ips: '10.0.0.1' ports { protocol: TCP port: 80"
      "  endpoints { address: '10.0.0.2' port: 80 } endpoints { address: '10.0.0.2' port: 81 }"
      "  endpoints { address: '10.0.0.2' port: 80 $ } } }",
      "services[0].ports[0].endpoints");
}

TEST(ValidateStoryTest, TooManyEndpointsAreNotReadAtAll) {
  v1::Snapshot message = Read(
      "services { name: 'web' cluster_ips: '10.0.0.1' "
      "  ports { protocol: TCP port: 80 } }");
  v1::Port& port = *message.mutable_services(0)->mutable_ports(0);
  for (int i = 0; i < 32'769; ++i) port.add_endpoints();
  EXPECT_EQ(Printed(Validate(message).issues),
            (std::vector<std::string>{
                "services[0].ports[0].endpoints: 32769 are too many, at most 32768 are allowed"}));
}

TEST(ValidateStoryTest, IssuesComeInTheClientsOrder) {
  EXPECT_EQ(
      IssuesOf("services { name: 'b' cluster_ips: '10.0.0.1' ports { protocol: TCP port: 80 } }"
               "services { name: 'a' cluster_ips: '10.0.0.1' ports { protocol: TCP port: 80 } }"
               "services { name: 'c' cluster_ips: '10.0.0.x' ports { protocol: TCP } }"
               "services { name: 'a' cluster_ips: '10.0.0.2' ports { protocol: TCP port: 80 } }"),
      (std::vector<std::string>{
          "services[1]: a claims 10.0.0.1:80/tcp, which b (services[0]) claims too",
          "services[2].cluster_ips[0]: \"10.0.0.x\" is not an IP address",
          "services[2].ports[0].port: 0 is not a port", "services[3]: a is services[1] too"}));
}

TEST(ValidateStoryTest, UnknownFieldsAreRefusedWhereverTheyAre) {
  v1::Snapshot message = Read(
      "services { name: 'web' cluster_ips: '10.0.0.1' ports { protocol: TCP port: 80"
      "  endpoints { address: '10.0.0.2' port: 80 } } }");
  const auto add = [](google::protobuf::Message& to, int number) {
    to.GetReflection()->MutableUnknownFields(&to)->AddVarint(number, 1);
  };
  v1::Service& service = *message.mutable_services(0);
  add(message, 2);
  add(service, 77);
  add(*service.mutable_ports(0), 78);
  add(*service.mutable_ports(0)->mutable_endpoints(0), 79);
  const model::Validation validation = Validate(message);
  EXPECT_EQ(Printed(validation.issues),
            (std::vector<std::string>{
                "snapshot: field 2 is unknown to this version",
                "services[0]: field 77 is unknown to this version",
                "services[0].ports[0]: field 78 is unknown to this version",
                "services[0].ports[0].endpoints[0]: field 79 is unknown to this version"}));
  EXPECT_EQ(validation.issues[0].service, "");
  EXPECT_EQ(validation.issues[1].service, "web");
}

TEST(ValidateStoryTest, IssuesNameTheirServiceWhereItsNameCanBeRead) {
  const model::Validation validation =
      Validate(Read("services { namespace: 'default' name: 'web' } services { name: 'a b' }"));
  ASSERT_EQ(validation.issues.size(), 3u);
  EXPECT_EQ(validation.issues[0].service, "default/web");
  EXPECT_EQ(validation.issues[1].service, "");
  EXPECT_EQ(validation.issues[2].service, "");
}

}  // namespace
}  // namespace nftsvc::wire
