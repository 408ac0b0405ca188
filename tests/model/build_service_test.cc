// SPDX-License-Identifier: Apache-2.0
// The rules are told in tests/wire/validate_story_test.cc, every field in
// tests/wire/encode_service_test.cc.
#include "src/model/build_service.h"

#include <chrono>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/model/drafts.h"

namespace nftsvc::model {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct Built {
  Service service;
  std::vector<std::string> issues;
};

Built Build(const ServiceDraft& draft) {
  PlacementPool placements;
  IssueCollector issues;
  Built built{BuildService(draft, Path("s"), placements, issues), {}};
  built.issues = Printed(std::move(issues).Take());
  return built;
}

TEST(BuildServiceTest, SortsPortsByName) {
  ServiceDraft draft = Web("a", {"10.0.0.1"});
  draft.ports = {TcpPort(1, "c"), TcpPort(2, "a"), TcpPort(3, "b")};
  const Service service = Build(draft).service;
  ASSERT_EQ(service.ports.size(), 3u);
  EXPECT_EQ(service.ports[0].name, "a");
  EXPECT_EQ(service.ports[1].name, "b");
  EXPECT_EQ(service.ports[2].name, "c");
}

TEST(BuildServiceTest, FillsInTheDefaultAffinityTimeout) {
  ServiceDraft draft = Web("a", {"10.0.0.1"});
  EXPECT_EQ(Build(draft).service.client_ip_affinity, std::nullopt);
  draft.has_session_affinity = true;
  EXPECT_EQ(Build(draft).service.client_ip_affinity, std::chrono::seconds(10'800));
  draft.client_ip_timeout_seconds = 1;
  EXPECT_EQ(Build(draft).service.client_ip_affinity, std::chrono::seconds(1));
  draft.client_ip_timeout_seconds = 86'400;
  EXPECT_EQ(Build(draft).service.client_ip_affinity, std::chrono::seconds(86'400));
  EXPECT_THAT(Build(draft).issues, IsEmpty());
}

TEST(BuildServiceTest, BoundsTheAffinityTimeout) {
  ServiceDraft draft = Web("a", {"10.0.0.1"});
  draft.has_session_affinity = true;
  draft.client_ip_timeout_seconds = 86'401;
  EXPECT_THAT(
      Build(draft).issues,
      ElementsAre("s.session_affinity.client_ip_timeout_seconds: 86401 is more than 86400"));
}

TEST(BuildServiceTest, BoundsTheMapsOfAffinity) {
  ServiceDraft draft = Web("a", {"10.0.0.1"});
  for (uint32_t number = 1; number <= 65; ++number) {
    EndpointDraft endpoint;
    endpoint.address = "10.1.0.1";
    endpoint.port = number;
    draft.ports[0].endpoints.push_back(endpoint);
  }
  EXPECT_THAT(Build(draft).issues, IsEmpty());
  draft.has_session_affinity = true;
  EXPECT_THAT(Build(draft).issues,
              ElementsAre("s.ports[0].endpoints: have 65 different port numbers, at most 64 are "
                          "allowed with session_affinity"));
  draft.ports[0].endpoints.pop_back();
  EXPECT_THAT(Build(draft).issues, IsEmpty());
}

TEST(BuildServiceTest, LeavesOutPortsWithoutANumberOrAProtocol) {
  ServiceDraft draft = Web("a", {"10.0.0.1"});
  draft.ports = {TcpPort(0, "a"), TcpPort(80, "b"), TcpPort(81, "c")};
  draft.ports[2].protocol = 9;
  const Built built = Build(draft);
  ASSERT_EQ(built.service.ports.size(), 1u);
  EXPECT_EQ(built.service.ports[0].name, "b");
  EXPECT_THAT(built.issues, ElementsAre("s.ports[0].port: 0 is not a port",
                                        "s.ports[2].protocol: 9 is not a protocol"));
}

TEST(BuildNameTest, GivesNothingBackOfABadName) {
  IssueCollector issues;
  ServiceDraft draft;
  draft.name_space = "default";
  draft.name = "web";
  EXPECT_EQ(BuildName(draft, Path("s"), issues), (ServiceName{"default", "web"}));
  EXPECT_EQ(issues.count(), 0u);
  draft.name_space = "DEFAULT";
  EXPECT_EQ(BuildName(draft, Path("s"), issues), ServiceName());
  draft.name_space = "default";
  draft.name = "";
  EXPECT_EQ(BuildName(draft, Path("s"), issues), ServiceName());
  EXPECT_EQ(issues.count(), 2u);
}

}  // namespace
}  // namespace nftsvc::model
