// SPDX-License-Identifier: Apache-2.0
// Which endpoints are refused is told in tests/wire/validate_story_test.cc.
#include "src/model/build_endpoints.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/model/drafts.h"

namespace nftsvc::model {
namespace {

using ::testing::ElementsAre;

std::vector<Endpoint> Build(const std::vector<EndpointDraft>& drafts) {
  PlacementPool placements;
  IssueCollector issues;
  std::vector<Endpoint> endpoints =
      BuildEndpoints(drafts, Path("p"), {true, true}, placements, issues);
  EXPECT_THAT(Printed(std::move(issues).Take()), testing::IsEmpty());
  return endpoints;
}

std::vector<std::string> Texts(const std::vector<Endpoint>& endpoints) {
  std::vector<std::string> texts;
  for (const Endpoint& endpoint : endpoints) {
    texts.push_back(base::HostPort(endpoint.address, endpoint.port));
  }
  return texts;
}

// kube-proxy's order, pinned by its own tests: ':' comes behind every digit.
TEST(BuildEndpointsTest, SortsBytewiseByAddressAndPortAsText) {
  EXPECT_THAT(Texts(Build({EndpointAt("10.1.1.1", 11), EndpointAt("fd00::2", 80),
                           EndpointAt("10.1.1.11", 11), EndpointAt("10.1.1.1", 9),
                           EndpointAt("10.2.2.2", 22), EndpointAt("10.2.2.22", 22)})),
              ElementsAre("10.1.1.11:11", "10.1.1.1:11", "10.1.1.1:9", "10.2.2.22:22",
                          "10.2.2.2:22", "[fd00::2]:80"));
}

TEST(BuildEndpointsTest, OfOneAddressAndPortTheBestStays) {
  EndpointDraft terminating = EndpointAt("10.0.0.2");
  terminating.name = "a";
  terminating.terminating = true;
  EndpointDraft unready = EndpointAt("10.0.0.2");
  unready.name = "b";
  unready.ready = false;
  EndpointDraft silent = unready;
  silent.name = "c";
  silent.serving = false;
  EndpointDraft good = EndpointAt("10.0.0.2");
  good.name = "d";
  std::vector<EndpointDraft> drafts = {silent, terminating, good, unready};
  for (const char* best : {"d", "b", "c", "a"}) {
    const std::vector<Endpoint> endpoints = Build(drafts);
    ASSERT_EQ(endpoints.size(), 1u);
    EXPECT_EQ(endpoints[0].name, best);
    std::erase_if(drafts, [&](const EndpointDraft& draft) { return draft.name == best; });
  }
}

TEST(BuildEndpointsTest, WhichOfEqualsStaysDoesNotDependOnTheOrder) {
  std::vector<EndpointDraft> drafts;
  for (const char* name : {"a", "b", "a"}) {
    for (const char* zone : {"y", "x"}) {
      drafts.push_back(EndpointAt("10.0.0.2"));
      drafts.back().name = name;
      drafts.back().zone = zone;
    }
  }
  std::vector<size_t> order = {0, 1, 2, 3, 4, 5};
  do {
    std::vector<EndpointDraft> permuted;
    for (const size_t i : order) permuted.push_back(drafts[i]);
    const std::vector<Endpoint> endpoints = Build(permuted);
    ASSERT_EQ(endpoints.size(), 1u);
    EXPECT_EQ(endpoints[0].name, "a");
    EXPECT_EQ(endpoints[0].placement->zone, "x");
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST(BuildEndpointsTest, SortsHintsAndKeepsEachOnce) {
  EndpointDraft draft = EndpointAt("10.0.0.2");
  draft.zone_hints = {"z", "a", "z"};
  draft.node_hints = {"n", "m"};
  const std::vector<Endpoint> endpoints = Build({draft});
  EXPECT_THAT(endpoints.at(0).placement->zone_hints, ElementsAre("a", "z"));
  EXPECT_THAT(endpoints.at(0).placement->node_hints, ElementsAre("m", "n"));
}

TEST(BuildEndpointsTest, SharesPlacements) {
  EndpointDraft one = EndpointAt("10.0.0.2");
  one.node = "node-a";
  EndpointDraft other = EndpointAt("10.0.0.3");
  other.node = "node-a";
  const std::vector<Endpoint> endpoints = Build({one, other});
  ASSERT_EQ(endpoints.size(), 2u);
  EXPECT_EQ(&*endpoints[0].placement, &*endpoints[1].placement);
}

TEST(BuildEndpointsTest, WeighsAsManyEqualOnesAsThereMayBe) {
  std::vector<EndpointDraft> drafts(kMaxEndpointsPerPort, EndpointAt("10.0.0.2"));
  EXPECT_EQ(Build(drafts).size(), 1u);
  drafts.back().weight = 2;
  drafts[7].weight = 0;
  PlacementPool placements;
  IssueCollector issues;
  BuildEndpoints(drafts, Path("p"), {true, true}, placements, issues);
  EXPECT_THAT(
      Printed(std::move(issues).Take()),
      ElementsAre(
          "p.endpoints[7].weight: 0 differs from 1 of endpoints[0], which is 10.0.0.2:8080 too",
          "p.endpoints[32767].weight: 2 differs from 1 of endpoints[0], which is 10.0.0.2:8080 "
          "too"));
}

}  // namespace
}  // namespace nftsvc::model
