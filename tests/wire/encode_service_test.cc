// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <string>

#include "gtest/gtest.h"
#include "src/model/build_service.h"
#include "src/wire/serialize.h"
#include "src/wire/snapshot_codec.h"
#include "tests/wire/story.h"

namespace nftsvc::wire {
namespace {

base::IpAddress Ip(absl::string_view text) { return base::IpAddress::Parse(text).value(); }

// One with something in every field, also those that Validator still refuses.
model::Service Everything() {
  model::Service service;
  service.name = {.name_space = "default", .name = "web"};
  service.labels = {{"a", "1"}, {"b", "2"}};
  service.cluster_ips = {Ip("10.0.0.1"), Ip("fd00::1")};
  service.external_ips = {Ip("192.0.2.1")};
  service.load_balancer_ips = {Ip("192.0.2.2")};
  service.load_balancer_source_ranges = {base::IpPrefix(Ip("10.0.0.0"), 8),
                                         base::IpPrefix(Ip("10.9.9.9"), 32)};
  service.internal_traffic_policy = model::TrafficPolicy::kLocal;
  service.external_traffic_policy = model::TrafficPolicy::kLocal;
  service.client_ip_affinity = std::chrono::seconds(5);
  service.health_check_node_port = 30000;
  model::Endpoint plain;
  plain.address = Ip("10.0.0.2");
  plain.port = 8080;
  model::Endpoint full = plain;
  full.address = Ip("fd00::2");
  full.weight = 0;
  full.ready = false;
  full.serving = false;
  full.terminating = true;
  full.name = "pod-a";
  full.placement = model::Placement{
      .node = "node-a", .zone = "zone-a", .zone_hints = {"y", "z"}, .node_hints = {"n"}};
  for (const auto& [protocol, name] :
       {std::pair(base::Protocol::kTcp, "a"), std::pair(base::Protocol::kUdp, "b"),
        std::pair(base::Protocol::kSctp, "c")}) {
    model::Port port;
    port.name = name;
    port.protocol = protocol;
    port.port = 80;
    port.node_port = 30080;
    port.endpoints = {plain, full};
    service.ports.push_back(port);
  }
  return service;
}

model::Service Decoded(const v1::Service& message) {
  const model::ServiceDraft draft = DecodeService(message);
  model::PlacementPool placements;
  model::IssueCollector issues;
  const model::Path path("service");
  model::Service service = model::BuildService(draft, path, placements, issues);
  service.name = model::BuildName(draft, path, issues);
  EXPECT_EQ(Printed(std::move(issues).Take()), std::vector<std::string>());
  return service;
}

TEST(EncodeServiceTest, DecodingGivesTheServiceBack) {
  const model::Service service = Everything();
  EXPECT_TRUE(Decoded(EncodeService(service)) == service) << PrintTextproto(EncodeService(service));
}

TEST(EncodeServiceTest, DecodingGivesEveryWayOfBalancingBack) {
  for (const model::Balancing balancing :
       {model::Balancing::kRandom, model::Balancing::kRoundRobin, model::Balancing::kSourceHash,
        model::Balancing::kFlowHash, model::Balancing::kMaglev}) {
    model::Service service = Everything();
    if (model::IsByHash(balancing)) service.client_ip_affinity.reset();
    for (model::Port& port : service.ports) port.balancing = balancing;
    EXPECT_TRUE(Decoded(EncodeService(service)) == service)
        << PrintTextproto(EncodeService(service));
  }
}

TEST(EncodeServiceTest, LeavesDefaultsOut) {
  const std::string text =
      "services {\n"
      "  name: \"web\"\n"
      "  cluster_ips: \"10.0.0.1\"\n"
      "  ports {\n"
      "    protocol: TCP\n"
      "    port: 80\n"
      "    endpoints {\n"
      "      address: \"10.0.0.2\"\n"
      "      port: 8080\n"
      "    }\n"
      "  }\n"
      "}\n";
  EXPECT_EQ(Canonical(text), text);
  EXPECT_EQ(Canonical("services { name: 'web' cluster_ips: '10.0.0.1'"
                      "  internal_traffic_policy: CLUSTER external_traffic_policy: CLUSTER"
                      "  ports { protocol: TCP port: 80 balancing: RANDOM"
                      "    endpoints { address: '10.0.0.2' port: 8080 weight: 1 ready: true"
                      "      serving: true } } }"),
            text);
}

TEST(EncodeSnapshotTest, SortsServicesByName) {
  const std::string text = Canonical(
      "services { name: 'b' ports { protocol: TCP port: 80 node_port: 2 } }"
      "services { name: 'a' namespace: 'z' ports { protocol: TCP port: 80 node_port: 3 } }"
      "services { name: 'a' ports { protocol: TCP port: 80 node_port: 1 } }");
  EXPECT_LT(text.find("node_port: 1"), text.find("node_port: 2"));
  EXPECT_LT(text.find("node_port: 2"), text.find("node_port: 3"));
}

TEST(EncodeSnapshotTest, AnEmptySnapshotIsAnEmptyMessage) {
  EXPECT_EQ(Serialize(EncodeSnapshot(model::Snapshot())), "");
}

}  // namespace
}  // namespace nftsvc::wire
