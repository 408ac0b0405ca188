// SPDX-License-Identifier: Apache-2.0
#include "src/kubernetes/read_ports.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/kubernetes/printed.h"

namespace nftsvc::kubernetes {
namespace {

std::string ReadPortsJson(absl::string_view ports, uint32_t health_check = 0) {
  const std::string text =
      absl::StrCat(R"({"metadata":{"name":"web"},"spec":{"ports":)", ports, "}}");
  return PrintReading("Service", text,
                      [&](const NamedObject& object, Notes&, model::IssueCollector& issues) {
                        v1::Service service;
                        service.set_health_check_node_port(health_check);
                        ReadPorts(object.fields.Object("spec"), service, issues);
                        service.clear_health_check_node_port();
                        return service.ShortDebugString();
                      });
}

TEST(ReadPortsTest, APortHasNameProtocolAndNumbers) {
  EXPECT_EQ(ReadPortsJson(
                R"([{"name":"http","protocol":"TCP","port":80,"targetPort":"web","nodePort":30080,
                      "appProtocol":"kubernetes.io/h2c"}])"),
            R"(ports { name: "http" protocol: TCP port: 80 node_port: 30080 })");
}

TEST(ReadPortsTest, TheProtocolIsTcpUnlessSaidOtherwise) {
  EXPECT_EQ(ReadPortsJson(R"([{"port":80}])"), "ports { protocol: TCP port: 80 }");
  EXPECT_EQ(ReadPortsJson(R"([{"port":80,"protocol":""}])"), "ports { protocol: TCP port: 80 }");
  EXPECT_EQ(ReadPortsJson(R"([{"port":53,"protocol":"UDP"}])"), "ports { protocol: UDP port: 53 }");
  EXPECT_EQ(ReadPortsJson(R"([{"port":53,"protocol":"SCTP"}])"),
            "ports { protocol: SCTP port: 53 }");
  EXPECT_EQ(ReadPortsJson(R"([{"port":53,"protocol":"udp"}])"),
            "spec.ports[0].protocol: \"udp\" is none of TCP, UDP, SCTP\n");
}

TEST(ReadPortsTest, PortsAreOrderedByName) {
  EXPECT_EQ(
      ReadPortsJson(R"([{"name":"b","port":1},{"name":"a","port":2}])"),
      R"(ports { name: "a" protocol: TCP port: 2 } ports { name: "b" protocol: TCP port: 1 })");
}

TEST(ReadPortsTest, OneNumberMayHaveSeveralProtocols) {
  EXPECT_EQ(ReadPortsJson(R"([{"name":"dns","protocol":"UDP","port":53,"nodePort":30053},
                     {"name":"dns-tcp","port":53,"nodePort":30053}])"),
            R"(ports { name: "dns" protocol: UDP port: 53 node_port: 30053 } )"
            R"(ports { name: "dns-tcp" protocol: TCP port: 53 node_port: 30053 })");
}

TEST(ReadPortsTest, NumbersAreBounded) {
  EXPECT_EQ(ReadPortsJson(R"([{"name":"a","port":0},{"name":"b","port":65536},{"name":"c"},
                     {"name":"d","port":"80"},{"name":"e","port":1,"nodePort":65536}])"),
            "spec.ports[0].port: must be a number from 1 to 65535\n"
            "spec.ports[1].port: must be a number from 1 to 65535\n"
            "spec.ports[2].port: must be a number from 1 to 65535\n"
            "spec.ports[3].port: must be a number from 1 to 65535\n"
            "spec.ports[4].nodePort: must be a number from 0 to 65535\n");
}

TEST(ReadPortsTest, SeveralPortsNeedNames) {
  EXPECT_EQ(ReadPortsJson(R"([{"port":80},{"port":81,"name":""},{"port":82,"name":7}])"),
            "spec.ports[0].name: is needed, because there are several ports\n"
            "spec.ports[1].name: is needed, because there are several ports\n"
            "spec.ports[2].name: must be a text\n");
  EXPECT_EQ(ReadPortsJson(R"([{"port":80,"name":"Web"}])"),
            "spec.ports[0].name: \"Web\" has a character other than a-z, 0-9 and '-'\n");
}

TEST(ReadPortsTest, NothingIsThereTwice) {
  EXPECT_EQ(
      ReadPortsJson(
          R"([{"name":"a","port":80,"nodePort":30080},{"name":"a","port":80,"nodePort":30080}])"),
      "spec.ports[1].name: \"a\" is that of spec.ports[0] too\n"
      "spec.ports[1].port: 80/TCP is that of spec.ports[0] too\n"
      "spec.ports[1].nodePort: 30080/TCP is that of spec.ports[0] too\n");
}

TEST(ReadPortsTest, TheHealthCheckPortIsTaken) {
  EXPECT_EQ(
      ReadPortsJson(
          R"([{"name":"a","port":80,"nodePort":32000},{"name":"b","port":81,"protocol":"UDP","nodePort":32000}])",
          32000),
      "spec.ports[0].nodePort: 32000/TCP is that of spec.healthCheckNodePort too\n");
}

TEST(ReadPortsTest, AServiceHasPorts) {
  EXPECT_EQ(ReadPortsJson("[]"), "spec.ports: must have at least one\n");
  EXPECT_EQ(ReadPortsJson("null"), "spec.ports: must have at least one\n");
  EXPECT_EQ(ReadPortsJson("{}"), "spec.ports: must be a list\n");
  EXPECT_EQ(ReadPortsJson("[80]"), "spec.ports[0]: must be an object\n");
}

TEST(ReadPortsTest, TheNumberOfPortsIsBounded) {
  std::string ports;
  for (int i = 1; i <= 257; ++i) {
    absl::StrAppend(&ports, i > 1 ? "," : "", R"({"name":"p)", i, R"(","port":)", i, "}");
  }
  EXPECT_EQ(ReadPortsJson(absl::StrCat("[", ports, "]")),
            "spec.ports: 257 are too many, at most 256 are allowed\n");
}

}  // namespace
}  // namespace nftsvc::kubernetes
