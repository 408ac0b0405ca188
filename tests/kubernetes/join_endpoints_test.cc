// SPDX-License-Identifier: Apache-2.0
#include "src/kubernetes/join_endpoints.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "google/protobuf/text_format.h"
#include "src/model/limits.h"
#include "tests/kubernetes/printed.h"

namespace nftsvc::kubernetes {
namespace {

template <typename Message>
Message Parse(const std::string& text) {
  Message message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message)) << text;
  return message;
}

// "shop/web" with IPv4 cluster IPs.
ServiceObject Service(const std::string& ports) {
  return {.service = Parse<v1::Service>(absl::StrCat("namespace: 'shop' name: 'web' ", ports)),
          .families = {true, false}};
}

Slice SliceOf(std::vector<SlicePort> ports, const std::vector<std::string>& endpoints) {
  Slice slice{.name = "web-1",
              .service = {.name_space = "shop", .name = "web"},
              .ports = std::move(ports),
              .endpoints = {}};
  for (const std::string& text : endpoints) slice.endpoints.push_back(Parse<v1::Endpoint>(text));
  return slice;
}

// The ports of the first service, then the mistakes, then the notes.
std::string Join(std::vector<Slice> slices, std::vector<ServiceObject> services) {
  Notes notes;
  Mistakes mistakes;
  JoinEndpoints(std::move(slices), services, notes, mistakes);
  std::string printed;
  for (const v1::Port& port : services.front().service.ports()) {
    absl::StrAppend(&printed, port.name(), "/", v1::Protocol_Name(port.protocol()), ":\n");
    for (const v1::Endpoint& endpoint : port.endpoints()) {
      absl::StrAppend(&printed, "  ", endpoint.ShortDebugString(), "\n");
    }
  }
  return absl::StrCat(printed, Print(std::move(mistakes).Take()), Print(std::move(notes).Take()));
}

const SlicePort kHttp = {.name = "http", .protocol = v1::TCP, .port = 8080};

TEST(JoinEndpointsTest, PortsAreMatchedByNameAndProtocol) {
  EXPECT_EQ(Join({SliceOf({{.name = "dns", .protocol = v1::UDP, .port = 5353},
                           {.name = "", .protocol = v1::TCP, .port = 1},
                           {.name = "dns", .protocol = v1::TCP, .port = 53}},
                          {"address: '10.1.0.1'"})},
                 {Service("ports { name: 'dns' protocol: UDP } ports { name: 'dns' protocol: TCP } "
                          "ports { name: 'metrics' protocol: TCP }")}),
            "dns/UDP:\n"
            "  address: \"10.1.0.1\" port: 5353\n"
            "dns/TCP:\n"
            "  address: \"10.1.0.1\" port: 53\n"
            "metrics/TCP:\n");
}

TEST(JoinEndpointsTest, AnEmptyPortNameIsAName) {
  EXPECT_EQ(
      Join({SliceOf({{.name = "", .protocol = v1::TCP, .port = 80}}, {"address: '10.1.0.1'"})},
           {Service("ports { protocol: TCP }")}),
      "/TCP:\n"
      "  address: \"10.1.0.1\" port: 80\n");
}

TEST(JoinEndpointsTest, EndpointsOfAllSlicesAreSortedByTheirText) {
  EXPECT_EQ(Join({SliceOf({{.name = "http", .protocol = v1::TCP, .port = 11}},
                          {"address: '10.1.1.2'", "address: '10.1.1.11'"}),
                  SliceOf({{.name = "http", .protocol = v1::TCP, .port = 9}},
                          {"address: '10.1.1.1'", "address: '10.1.1.2'"})},
                 {Service("ports { name: 'http' protocol: TCP }")}),
            "http/TCP:\n"
            "  address: \"10.1.1.11\" port: 11\n"
            "  address: \"10.1.1.1\" port: 9\n"
            "  address: \"10.1.1.2\" port: 11\n"
            "  address: \"10.1.1.2\" port: 9\n");
}

TEST(JoinEndpointsTest, OfDuplicatesTheBestStaysWhateverTheOrder) {
  // Best first.
  std::vector<std::string> same = {
      "address: '10.1.0.1' name: 'a'",
      "address: '10.1.0.1' name: 'b'",
      "address: '10.1.0.1' serving: false name: 'a'",
      "address: '10.1.0.1' ready: false name: 'a'",
      "address: '10.1.0.1' terminating: true name: 'a'",
      "address: '10.1.0.1' ready: false terminating: true name: 'a'",
  };
  while (!same.empty()) {
    const std::string best =
        absl::StrCat(Parse<v1::Endpoint>(same.front() + " port: 8080").ShortDebugString(), "\n");
    std::vector<std::string> order = same;
    for (size_t turns = 0; turns < same.size(); ++turns) {
      std::rotate(order.begin(), order.begin() + 1, order.end());
      EXPECT_EQ(Join({SliceOf({kHttp}, order)}, {Service("ports { name: 'http' protocol: TCP }")}),
                "http/TCP:\n  " + best);
    }
    same.erase(same.begin());
  }
}

TEST(JoinEndpointsTest, SlicesOfAFamilyWithoutClusterIpAreLeftAlone) {
  Slice slice = SliceOf({kHttp}, {"address: 'fd00::1'"});
  slice.family = base::Family::kIPv6;
  ServiceObject service = Service("ports { name: 'http' protocol: TCP }");
  EXPECT_EQ(Join({slice}, {service}),
            "http/TCP:\n"
            "EndpointSlices of a family in which the service has no cluster IP: 1 (shop/web-1)\n");
  service.families = {false, true};
  EXPECT_EQ(Join({slice}, {service}), "http/TCP:\n  address: \"fd00::1\" port: 8080\n");
}

TEST(JoinEndpointsTest, SlicesOfServicesThatAreNotHereAreLeftAlone) {
  Slice other_namespace = SliceOf({kHttp}, {"address: '10.1.0.1'"});
  other_namespace.service.name_space = "default";
  EXPECT_EQ(Join({other_namespace}, {Service("ports { name: 'http' protocol: TCP }")}),
            "http/TCP:\n"
            "EndpointSlices of services that are not here: 1 (default/web-1)\n");
}

TEST(JoinEndpointsTest, EndpointsOfAllPortsAreBoundedBeforeTheyAreMade) {
  std::vector<Slice> slices;
  const size_t each = 100'000;
  for (size_t i = 0; i <= model::kMaxEndpointElements / each / 2; ++i) {
    Slice slice = SliceOf({kHttp, kHttp}, {});
    slice.endpoints.resize(each);
    slices.push_back(std::move(slice));
  }
  EXPECT_EQ(Join(std::move(slices), {Service("ports { name: 'http' protocol: TCP }")}),
            "http/TCP:\n"
            "EndpointSlice shop/web-1: brings the endpoints of all ports to 4200000, at most "
            "4000000 are allowed\n");
}

TEST(JoinEndpointsTest, TheEndpointsOfOnePortAreBounded) {
  std::vector<std::string> endpoints;
  for (size_t i = 0; i <= model::kMaxEndpointsPerPort; ++i) {
    endpoints.push_back(absl::StrCat("address: '10.1.", i / 256, ".", i % 256, "'"));
  }
  const std::string printed =
      Join({SliceOf({kHttp}, endpoints)}, {Service("ports { name: 'http' protocol: TCP }")});
  EXPECT_NE(printed.find("Service shop/web: port \"http\" has 32769 endpoints, at most 32768 are "
                         "allowed\n"),
            std::string::npos);
}

}  // namespace
}  // namespace nftsvc::kubernetes
