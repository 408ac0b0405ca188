// SPDX-License-Identifier: Apache-2.0
#include "src/kubernetes/read_slice.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/kubernetes/printed.h"

namespace nftsvc::kubernetes {
namespace {

std::string ReadSliceJsonObject(absl::string_view text) {
  return PrintReading(
      "EndpointSlice", text,
      [](const NamedObject& object, Notes& notes, model::IssueCollector& issues) -> std::string {
        const std::optional<Slice> slice = ReadSlice(object, notes, issues);
        if (!slice.has_value()) return "";
        std::string printed = absl::StrCat(slice->service.ToString(), "\n");
        for (const SlicePort& port : slice->ports) {
          absl::StrAppend(&printed, "port \"", port.name, "\" ", port.port, "/",
                          v1::Protocol_Name(port.protocol), "\n");
        }
        for (const v1::Endpoint& endpoint : slice->endpoints) {
          absl::StrAppend(&printed, endpoint.ShortDebugString(), "\n");
        }
        return printed;
      });
}

std::string ReadSliceJson(absl::string_view endpoints, absl::string_view ports = "[]",
                          absl::string_view type = "IPv4") {
  const std::string printed = ReadSliceJsonObject(absl::StrCat(
      R"({"metadata":{"name":"web-1","labels":{"kubernetes.io/service-name":"web"}},"addressType":")",
      type, R"(","endpoints":)", endpoints, R"(,"ports":)", ports, "}"));
  constexpr absl::string_view kService = "default/web\n";
  return printed.substr(printed.compare(0, kService.size(), kService.data()) == 0 ? kService.size()
                                                                                  : 0);
}

TEST(ReadSliceTest, ASliceBelongsToTheServiceOfItsLabel) {
  EXPECT_EQ(
      ReadSliceJsonObject(
          R"({"metadata":{"namespace":"shop","name":"x","labels":{"kubernetes.io/service-name":"web"}},
                           "addressType":"IPv4","endpoints":null,"ports":null})"),
      "shop/web\n");
}

TEST(ReadSliceTest, SomeSlicesAreLeftAlone) {
  const auto read = [](absl::string_view labels, absl::string_view type) {
    return ReadSliceJsonObject(absl::StrCat(R"({"metadata":{"name":"x","labels":{)", labels,
                                            R"(}},"addressType":")", type,
                                            R"(","endpoints":[{}]})"));
  };
  const std::string service = R"("kubernetes.io/service-name":"web")";
  EXPECT_EQ(read("", "IPv4"),
            "EndpointSlices without the label kubernetes.io/service-name: 1 (default/x)\n");
  EXPECT_EQ(read(R"("kubernetes.io/service-name":"")", "IPv4"),
            "EndpointSlices without the label kubernetes.io/service-name: 1 (default/x)\n");
  EXPECT_EQ(read(service, "FQDN"),
            "EndpointSlices of an addressType other than IPv4 and IPv6: 1 (default/x)\n");
  EXPECT_EQ(read(service + R"(,"service.kubernetes.io/headless":"")", "IPv4"),
            "EndpointSlices of headless services: 1 (default/x)\n");
  EXPECT_EQ(read(service + R"(,"service.kubernetes.io/service-proxy-name":"other")", "IPv4"),
            "EndpointSlices of another proxy: 1 (default/x)\n");
}

TEST(ReadSliceTest, PortsHaveANameThatMayBeEmpty) {
  EXPECT_EQ(
      ReadSliceJson(
          "[]",
          R"([{"name":"","port":80,"protocol":"TCP"},{"name":"dns","port":53,"protocol":"UDP"},
                           {"name":"sctp","port":1,"protocol":"SCTP"},{"name":"plain","port":2}])"),
      "port \"\" 80/TCP\n"
      "port \"dns\" 53/UDP\n"
      "port \"sctp\" 1/SCTP\n"
      "port \"plain\" 2/TCP\n");
}

TEST(ReadSliceTest, PortsWithoutNameOrNumberAreLeftAlone) {
  EXPECT_EQ(ReadSliceJson(
                "[]", R"([{"port":80},{"name":null,"port":80},{"name":"a"},{"name":"a","port":0},
                           {"name":"a","port":null}])"),
            "ports of EndpointSlices without a name: 2 (default/web-1, default/web-1)\n"
            "ports of EndpointSlices without a number: 3 (default/web-1, default/web-1, "
            "default/web-1)\n");
}

TEST(ReadSliceTest, ConditionsHaveDefaults) {
  EXPECT_EQ(
      ReadSliceJson(R"([{"addresses":["10.1.0.1"]}, {"addresses":["10.1.0.2"],"conditions":{}},
                     {"addresses":["10.1.0.3"],"conditions":{"ready":null,"serving":null,"terminating":null}},
                     {"addresses":["10.1.0.4"],"conditions":{"ready":true,"serving":true,"terminating":false}}])"),
      "address: \"10.1.0.1\"\n"
      "address: \"10.1.0.2\"\n"
      "address: \"10.1.0.3\"\n"
      "address: \"10.1.0.4\"\n");
}

TEST(ReadSliceTest, ConditionsAreIndependent) {
  EXPECT_EQ(ReadSliceJson(R"([{"addresses":["10.1.0.1"],"conditions":{"ready":false}},
                     {"addresses":["10.1.0.2"],"conditions":{"serving":false}},
                     {"addresses":["10.1.0.3"],"conditions":{"terminating":true}},
                     {"addresses":["10.1.0.4"],"conditions":{"ready":false,"serving":true,"terminating":true}}])"),
            "address: \"10.1.0.1\" ready: false\n"
            "address: \"10.1.0.2\" serving: false\n"
            "address: \"10.1.0.3\" terminating: true\n"
            "address: \"10.1.0.4\" ready: false terminating: true\n");
}

TEST(ReadSliceTest, AnEndpointHasItsPlaceAndItsPodsName) {
  EXPECT_EQ(ReadSliceJson(R"([{"addresses":["10.1.0.1"],"nodeName":"node-a","zone":"zone-1",
                      "targetRef":{"kind":"Pod","namespace":"default","name":"web-0","uid":"x"},
                      "hints":{"forZones":[{"name":"zone-2"},{"name":"zone-1"},{"name":"zone-2"}],
                               "forNodes":[{"name":"node-b"}]},
                      "hostname":"web-0","deprecatedTopology":{"a":"b"}}])"),
            "address: \"10.1.0.1\" name: \"web-0\" node: \"node-a\" zone: \"zone-1\" "
            "zone_hints: \"zone-1\" zone_hints: \"zone-2\" node_hints: \"node-b\"\n");
}

TEST(ReadSliceTest, OnlyTheFirstAddressCounts) {
  EXPECT_EQ(ReadSliceJson(R"([{"addresses":["10.1.0.001","10.1.0.2","nonsense"]}])"),
            "address: \"10.1.0.1\"\n");
}

TEST(ReadSliceTest, EndpointsWithoutAddressAreLeftAlone) {
  EXPECT_EQ(ReadSliceJson(R"([{"addresses":[]},{"addresses":null},{}])"),
            "endpoints without an address: 3 (default/web-1, default/web-1, default/web-1)\n");
}

TEST(ReadSliceTest, Ipv6AddressesAreCanonical) {
  EXPECT_EQ(ReadSliceJson(R"([{"addresses":["FD00:0:0::1"]}])", "[]", "IPv6"),
            "address: \"fd00::1\"\n");
}

TEST(ReadSliceTest, AllMistakesAreTold) {
  EXPECT_EQ(
      ReadSliceJson(
          R"([{"addresses":["fd00::1"]}, {"addresses":["10.1.0.300"]}, {"addresses":["127.0.0.1"]},
                     {"addresses":[1]}, {"addresses":"10.1.0.1"}, 7,
                     {"addresses":["10.1.0.1"],"conditions":{"ready":"yes"},"nodeName":"a\"b","zone":1,
                      "targetRef":"pod","hints":{"forZones":[{}],"forNodes":"x"}}])",
          R"([{"name":"A","port":80},{"name":"b","port":65536},{"name":"c","port":1,"protocol":"ICMP"}])"),
      "ports[0].name: \"A\" has a character other than a-z, 0-9 and '-'\n"
      "ports[1].port: must be a number from 0 to 65535\n"
      "ports[2].protocol: \"ICMP\" is none of TCP, UDP, SCTP\n"
      "endpoints[0].addresses[0]: \"fd00::1\" is not of the slice's addressType\n"
      "endpoints[1].addresses[0]: \"10.1.0.300\" is not an IP address\n"
      "endpoints[2].addresses[0]: 127.0.0.1 is a loopback address\n"
      "endpoints[3].addresses[0]: must be a text\n"
      "endpoints[4].addresses: must be a list\n"
      "endpoints[5]: must be an object\n"
      "endpoints[6].conditions.ready: must be true or false\n"
      "endpoints[6].targetRef: must be an object\n"
      "endpoints[6].nodeName: \"a\\\"b\" has a control character, quote or backslash\n"
      "endpoints[6].zone: must be a text\n"
      "endpoints[6].hints.forZones[0].name: is needed\n"
      "endpoints[6].hints.forNodes: must be a list\n");
}

TEST(ReadSliceTest, TheNumberOfHintsIsBounded) {
  std::string zones;
  for (int i = 0; i < 17; ++i) absl::StrAppend(&zones, i > 0 ? "," : "", "{\"name\":\"z", i, "\"}");
  EXPECT_EQ(ReadSliceJson(
                absl::StrCat(R"([{"addresses":["10.1.0.1"],"hints":{"forZones":[)", zones, "]}}]")),
            "endpoints[0].hints.forZones: 17 are too many, at most 16 are allowed\n");
}

}  // namespace
}  // namespace nftsvc::kubernetes
