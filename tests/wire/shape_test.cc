// SPDX-License-Identifier: Apache-2.0
//
// Tests of shape.cc. What a whole daemon makes of such bytes is in
// tests/kernel/worst_input_test.py.
#include "src/wire/shape.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "nftsvc/v1/snapshot.pb.h"
#include "src/model/limits.h"
#include "src/wire/service_bytes.h"

namespace nftsvc::wire {
namespace {

std::string Excess(const v1::Service& service) {
  const auto excess = FindExcess(service.SerializeAsString());
  return excess.has_value() ? absl::StrCat(excess->path, ": ", excess->message) : "";
}

TEST(ShapeTest, WhateverTheModelAllowsIsNoExcess) {
  v1::Service service;
  service.set_namespace_("default");
  service.set_name("web");
  for (size_t i = 0; i < model::kMaxLabels; ++i) {
    (*service.mutable_labels())[absl::StrCat("label-", i)] = "x";
  }
  for (size_t i = 0; i < model::kMaxClusterIps; ++i) service.add_cluster_ips("10.96.0.1");
  for (size_t i = 0; i < model::kMaxExternalIps; ++i) service.add_external_ips("10.96.0.1");
  for (size_t i = 0; i < model::kMaxLoadBalancerIps; ++i) service.add_load_balancer_ips("10.0.0.1");
  for (size_t i = 0; i < model::kMaxSourceRanges; ++i) {
    service.add_load_balancer_source_ranges("10.0.0.0/8");
  }
  for (size_t i = 0; i < model::kMaxPortsPerService; ++i) service.add_ports()->set_port(80);
  v1::Port& port = *service.mutable_ports(0);
  for (size_t i = 0; i < model::kMaxEndpointsPerPort; ++i) port.add_endpoints()->set_port(80);
  for (size_t i = 0; i < model::kMaxHints; ++i) {
    port.mutable_endpoints(0)->add_zone_hints("zone");
    port.mutable_endpoints(0)->add_node_hints("node");
  }
  EXPECT_EQ(Excess(service), "");
  EXPECT_EQ(EndpointsIn(service.SerializeAsString()), model::kMaxEndpointsPerPort);
}

TEST(ShapeTest, ExcessIsNamedByItsPath) {
  v1::Service service;
  service.add_ports();
  v1::Port& port = *service.add_ports();
  port.add_endpoints();
  v1::Endpoint& endpoint = *port.add_endpoints();
  for (int i = 0; i < 100; ++i) endpoint.add_zone_hints("");
  EXPECT_EQ(Excess(service), "ports[1].endpoints[1]: has more than 96 fields");
  endpoint.clear_zone_hints();
  for (size_t i = 0; i < model::kMaxEndpointsPerPort + 100; ++i) port.add_endpoints();
  EXPECT_EQ(Excess(service), "ports[1]: has more than 32832 fields");
  port.clear_endpoints();
  for (int i = 0; i < 1'000; ++i) service.add_external_ips("");
  EXPECT_EQ(Excess(service), ": has more than 784 fields");
}

TEST(ShapeTest, EndpointsOfAllPortsAreBoundedTogether) {
  v1::Service service;
  for (int i = 0; i < 20; ++i) {
    v1::Port& port = *service.add_ports();
    for (int k = 0; k < 30'000; ++k) port.add_endpoints();
  }
  EXPECT_EQ(Excess(service), "ports: have more than 524288 endpoints together");
}

TEST(ShapeTest, WhatIsNoMessageIsSaidToBeNone) {
  for (const absl::string_view bytes :
       {"\xa3\x06\x08\x01\xa4\x06", "\x62\x05\x2a", "\x62\x02\x2a\x05"}) {
    const auto excess = FindExcess(bytes);
    ASSERT_TRUE(excess.has_value());
    EXPECT_EQ(excess->message, kNoMessage);
  }
}

TEST(ShapeTest, AnExcessIsAnIssueOfTheServiceThatHasIt) {
  v1::Service service;
  service.set_name("web");
  for (int i = 0; i < 10'000; ++i) service.add_external_ips("");
  const model::ServiceDraft draft = DecodeServiceBytes(service.SerializeAsString());
  EXPECT_EQ(draft.name, "web");
  EXPECT_EQ(draft.issues.size(), 1u);
}

}  // namespace
}  // namespace nftsvc::wire
