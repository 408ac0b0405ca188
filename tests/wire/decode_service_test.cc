// SPDX-License-Identifier: Apache-2.0
#include <google/protobuf/unknown_field_set.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "src/wire/snapshot_codec.h"
#include "tests/wire/story.h"

namespace nftsvc::wire {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

v1::Service ReadService(absl::string_view textproto) {
  v1::Service message;
  EXPECT_TRUE(ParseTextproto(textproto, message).ok()) << textproto;
  return message;
}

TEST(DecodeServiceTest, TakesEveryField) {
  const model::ServiceDraft draft = DecodeService(ReadService(R"(
      namespace: "default" name: "web"
      labels { key: "b" value: "2" } labels { key: "a" value: "1" }
      cluster_ips: "c1" cluster_ips: "c2" external_ips: "e" load_balancer_ips: "l"
      load_balancer_source_ranges: "r"
      internal_traffic_policy: LOCAL external_traffic_policy: CLUSTER
      session_affinity { client_ip_timeout_seconds: 5 } health_check_node_port: 6
      ports {
        name: "http" protocol: SCTP port: 80 node_port: 30080 balancing: MAGLEV
        endpoints {
          address: "x" port: 8080 weight: 3 name: "n" node: "o" zone: "z" ready: false
          serving: false terminating: true zone_hints: "zh" node_hints: "nh"
        }
      })"));
  EXPECT_EQ(draft.name_space, "default");
  EXPECT_EQ(draft.name, "web");
  EXPECT_THAT(draft.labels, UnorderedElementsAre(Pair("a", "1"), Pair("b", "2")));
  EXPECT_THAT(draft.cluster_ips, ElementsAre("c1", "c2"));
  EXPECT_THAT(draft.external_ips, ElementsAre("e"));
  EXPECT_THAT(draft.load_balancer_ips, ElementsAre("l"));
  EXPECT_THAT(draft.load_balancer_source_ranges, ElementsAre("r"));
  EXPECT_EQ(draft.internal_traffic_policy, 2);
  EXPECT_EQ(draft.external_traffic_policy, 1);
  EXPECT_TRUE(draft.has_session_affinity);
  EXPECT_EQ(draft.client_ip_timeout_seconds, 5u);
  EXPECT_EQ(draft.health_check_node_port, 6u);
  ASSERT_THAT(draft.ports, SizeIs(1));
  const model::PortDraft& port = draft.ports[0];
  EXPECT_EQ(port.name, "http");
  EXPECT_EQ(port.protocol, 3);
  EXPECT_EQ(port.port, 80u);
  EXPECT_EQ(port.node_port, 30080u);
  EXPECT_EQ(port.balancing, 5);
  ASSERT_THAT(port.endpoints, SizeIs(1));
  const model::EndpointDraft& endpoint = port.endpoints[0];
  EXPECT_EQ(endpoint.address, "x");
  EXPECT_EQ(endpoint.port, 8080u);
  EXPECT_EQ(endpoint.weight, 3u);
  EXPECT_EQ(endpoint.name, "n");
  EXPECT_EQ(endpoint.node, "o");
  EXPECT_EQ(endpoint.zone, "z");
  EXPECT_FALSE(endpoint.ready);
  EXPECT_FALSE(endpoint.serving);
  EXPECT_TRUE(endpoint.terminating);
  EXPECT_THAT(endpoint.zone_hints, ElementsAre("zh"));
  EXPECT_THAT(endpoint.node_hints, ElementsAre("nh"));
  EXPECT_THAT(draft.issues, IsEmpty());
}

TEST(DecodeServiceTest, FillsInTheDefaultsThatAreNotZero) {
  const model::ServiceDraft draft = DecodeService(ReadService("ports { endpoints {} }"));
  const model::EndpointDraft& endpoint = draft.ports.at(0).endpoints.at(0);
  EXPECT_EQ(endpoint.weight, 1u);
  EXPECT_TRUE(endpoint.ready);
  EXPECT_TRUE(endpoint.serving);
  EXPECT_FALSE(endpoint.terminating);
  EXPECT_FALSE(draft.has_session_affinity);
}

TEST(DecodeServiceTest, AWeightOfZeroIsNotNoWeight) {
  const model::ServiceDraft draft = DecodeService(ReadService("ports { endpoints { weight: 0 } }"));
  EXPECT_EQ(draft.ports.at(0).endpoints.at(0).weight, 0u);
}

TEST(DecodeServiceTest, AnEmptySessionAffinityIsOneWithTheDefault) {
  const model::ServiceDraft draft = DecodeService(ReadService("session_affinity {}"));
  EXPECT_TRUE(draft.has_session_affinity);
  EXPECT_EQ(draft.client_ip_timeout_seconds, 0u);
}

TEST(DecodeServiceTest, KeepsEnumNumbersThatItDoesNotKnow) {
  const model::ServiceDraft draft = DecodeService(
      ReadService("internal_traffic_policy: 9 ports { protocol: -1 balancing: 1000 }"));
  EXPECT_EQ(draft.internal_traffic_policy, 9);
  EXPECT_EQ(draft.ports.at(0).protocol, -1);
  EXPECT_EQ(draft.ports.at(0).balancing, 1000);
}

TEST(DecodeServiceTest, FindsUnknownFieldsInEveryMessageWithPathsWithinTheService) {
  v1::Service message =
      ReadService("session_affinity {} ports {} ports { endpoints {} endpoints {} }");
  const auto add = [](google::protobuf::Message& to) {
    to.GetReflection()->MutableUnknownFields(&to)->AddLengthDelimited(1000)->assign("?");
  };
  add(message);
  add(*message.mutable_session_affinity());
  add(*message.mutable_ports(1));
  add(*message.mutable_ports(1)->mutable_endpoints(1));
  std::vector<std::string> paths;
  for (const model::Issue& issue : DecodeService(message).issues) {
    paths.push_back(issue.path);
    EXPECT_EQ(issue.message, "field 1000 is unknown to this version");
  }
  EXPECT_THAT(paths, ElementsAre("", "session_affinity", "ports[1]", "ports[1].endpoints[1]"));
}

TEST(DecodeServiceTest, BoundsTheIssuesOfAHostileService) {
  v1::Service message;
  v1::Port& port = *message.add_ports();
  for (int i = 0; i < 10'000; ++i) {
    v1::Endpoint& endpoint = *port.add_endpoints();
    auto& fields = *endpoint.GetReflection()->MutableUnknownFields(&endpoint);
    for (int number = 100; number < 120; ++number) fields.AddVarint(number, 0);
  }
  const size_t count = DecodeService(message).issues.size();
  EXPECT_GE(count, 100u);
  EXPECT_LE(count, 120u);
}

TEST(UpsertTest, NamesServicesByTheirPlaceInTheSnapshot) {
  EXPECT_THAT(IssuesOf("services { name: 'web' cluster_ips: '10.0.0.1' "
                       "  ports { protocol: TCP port: 80 } } services { name: 'api' }"),
              ElementsAre("services[1].ports: a service needs at least one"));
}

}  // namespace
}  // namespace nftsvc::wire
