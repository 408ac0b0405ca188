// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/reconcile/reconciler.h"
#include "tests/support/loop.h"

namespace nftsvc::reconcile {
namespace {

using testing::At;
using ::testing::ElementsAre;
using testing::EndpointOn;
using testing::FrontendAt;
using testing::Ip;
using ::testing::IsEmpty;
using testing::Loop;
using testing::Name;
using ::testing::Pair;
using ::testing::SizeIs;
using testing::Web;
using testing::WebAt;

nft::ElementKey Slot(const char* frontend, uint32_t slot) {
  return {.family = base::Family::kIPv4,
          .set = nft::SetId::kEndpoints,
          .key = nft::SlotKey(FrontendAt(frontend), slot)};
}

nft::ElementKey Frontend(const char* frontend) {
  return {.family = base::Family::kIPv4,
          .set = nft::SetId::kServices,
          .key = nft::FrontendKey(FrontendAt(frontend))};
}

constexpr char kClusterIp[] = "10.96.0.1:80/tcp";
constexpr char kExternalIp[] = "198.51.100.1:80/tcp";

TEST(ConnectionsTest, CountFrontendsAndTheirEndpoints) {
  Loop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  ASSERT_EQ(loop.Push(WebAt({"10.0.0.2:80", "10.0.0.3:80"})).status(), absl::OkStatus());
  loop.kernel.Count(Frontend(kClusterIp), 5);
  loop.kernel.Count(Slot(kClusterIp, 1), 3);
  const auto connections = loop->ReadConnections({Name("default/web")});
  ASSERT_EQ(connections.status(), absl::OkStatus());
  ASSERT_THAT(*connections, SizeIs(1));
  EXPECT_THAT((*connections)[0].frontends, ElementsAre(Pair(FrontendAt(kClusterIp), 5)));
  EXPECT_THAT((*connections)[0].endpoints,
              ElementsAre(Pair(Pair(FrontendAt(kClusterIp), At("10.0.0.2:80")), 0),
                          Pair(Pair(FrontendAt(kClusterIp), At("10.0.0.3:80")), 3)));
}

TEST(ConnectionsTest, AddUpTheSlotsOfAnEndpoint) {
  model::Service web = WebAt({"10.0.0.2:80", "10.0.0.3:80"});
  web.ports[0].endpoints[1].weight = 2;
  Loop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  ASSERT_EQ(loop.Push(web).status(), absl::OkStatus());
  loop.kernel.Count(Slot(kClusterIp, 1), 3);
  loop.kernel.Count(Slot(kClusterIp, 2), 4);
  const auto connections = loop->ReadConnections({Name("default/web")});
  EXPECT_EQ(connections->at(0).endpoints.at({FrontendAt(kClusterIp), At("10.0.0.3:80")}), 7U);
}

TEST(ConnectionsTest, AddUpBothPoolsOfAnExternalFrontend) {
  model::Service web = Web({EndpointOn("node-a", "10.0.0.2:80")});
  web.external_ips = {Ip("198.51.100.1")};
  web.external_traffic_policy = model::TrafficPolicy::kLocal;
  Loop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  ASSERT_EQ(loop.Push(web).status(), absl::OkStatus());
  loop.kernel.Count(Slot(kExternalIp, 0), 1);
  loop.kernel.Count(Slot(kExternalIp, 32'768), 2);
  loop.kernel.Count(Slot(kClusterIp, 0), 10);
  const auto connections = loop->ReadConnections({Name("default/web")});
  EXPECT_EQ(connections->at(0).endpoints.at({FrontendAt(kExternalIp), At("10.0.0.2:80")}), 3U);
  EXPECT_EQ(connections->at(0).endpoints.at({FrontendAt(kClusterIp), At("10.0.0.2:80")}), 10U);
}

TEST(ConnectionsTest, AnswerInTheOrderOfTheQuestion) {
  model::Service other = WebAt({"10.0.0.2:80"});
  other.name = Name("default/other");
  other.cluster_ips = {Ip("10.96.0.2")};
  Loop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  ASSERT_EQ(loop.Push(WebAt({"10.0.0.2:80"})).status(), absl::OkStatus());
  ASSERT_EQ(loop.Push(other).status(), absl::OkStatus());
  loop.kernel.Count(Frontend("10.96.0.2:80/tcp"), 2);
  loop.kernel.Count(Frontend(kClusterIp), 1);
  const auto connections =
      loop->ReadConnections({Name("default/web"), Name("default/nobody"), Name("default/other")});
  ASSERT_THAT(*connections, SizeIs(3));
  EXPECT_THAT((*connections)[0].frontends, ElementsAre(Pair(FrontendAt(kClusterIp), 1)));
  EXPECT_THAT((*connections)[1].frontends, IsEmpty());
  EXPECT_THAT((*connections)[2].frontends, ElementsAre(Pair(FrontendAt("10.96.0.2:80/tcp"), 2)));
}

TEST(ConnectionsTest, AFrontendThatRefusesEverybodyHasNone) {
  Loop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  ASSERT_EQ(loop.Push(Web({})).status(), absl::OkStatus());
  const auto connections = loop->ReadConnections({Name("default/web")});
  EXPECT_THAT(connections->at(0).frontends, IsEmpty());
  EXPECT_THAT(connections->at(0).endpoints, IsEmpty());
}

TEST(ConnectionsTest, FailWithTheKernel) {
  Loop loop;
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  loop.kernel.FailCall(loop.kernel.calls().size(), {absl::UnavailableError("read counters: …")});
  EXPECT_EQ(loop->ReadConnections({}).status().code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace nftsvc::reconcile
