// SPDX-License-Identifier: Apache-2.0
#include "src/nft/endpoint_chains.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "src/forwarding/resolve.h"
#include "tests/support/builders.h"

namespace nftsvc::nft {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using testing::EndpointAt;
using testing::EndpointOn;
using testing::Ip;
using ::testing::IsEmpty;
using testing::NodeA;
using testing::WebAt;

Parts PartsOf(const model::Service& service, const CompileOptions& options = {}) {
  return CompileService(forwarding::Resolve(service, NodeA(), forwarding::NoSlots), options);
}

// "name: rule | rule" for each chain of IPv4.
std::vector<std::string> ChainsOf(const Parts& parts) {
  std::vector<std::string> lines;
  for (const Chain& chain : parts.chains[0]) {
    std::string line = absl::StrCat(chain.name, ":");
    for (const Rule& rule : chain.rules) {
      absl::StrAppend(&line, &rule == chain.rules.data() ? " " : " | ",
                      PrintRule(rule, base::Family::kIPv4));
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

model::Service Sticky(const std::vector<std::string>& endpoints) {
  model::Service web = WebAt(endpoints);
  web.client_ip_affinity = std::chrono::hours(3);
  return web;
}

TEST(EndpointChainsTest, FlatHasNoneWithoutAffinity) {
  const Parts parts = PartsOf(WebAt({"10.0.0.2:80"}));
  EXPECT_THAT(ChainsOf(parts), IsEmpty());
  EXPECT_THAT(parts.affinity_maps[0], IsEmpty());
}

TEST(EndpointChainsTest, VerdictMapsHaveOneForEachEndpoint) {
  const Parts parts =
      PartsOf(WebAt({"10.0.0.2:8080", "10.0.0.3:8081"}), {.layout = Layout::kVerdictMaps});
  EXPECT_THAT(
      ChainsOf(parts),
      ElementsAre(
          "endpoint-default/web/tcp/80/10.0.0.2/8080: meta l4proto tcp dnat to 10.0.0.2:8080",
          "endpoint-default/web/tcp/80/10.0.0.3/8081: meta l4proto tcp dnat to 10.0.0.3:8081"));
  EXPECT_THAT(parts.affinity_maps[0], IsEmpty());
}

TEST(EndpointChainsTest, AffinityAsksForTheClientBeforeItDraws) {
  const Parts parts = PartsOf(Sticky({"10.0.0.2:8080"}));
  EXPECT_THAT(
      ChainsOf(parts),
      ElementsAre("clients-default/web/tcp/80: ip saddr @affinity-default/web/tcp/80/8080 update "
                  "@affinity-default/web/tcp/80/8080 { ip saddr timeout 3h : 10.0.0.2 } meta "
                  "l4proto tcp dnat to ip saddr map @affinity-default/web/tcp/80/8080:8080",
                  "endpoint-default/web/tcp/80/10.0.0.2/8080: update "
                  "@affinity-default/web/tcp/80/8080 { ip saddr timeout 3h : 10.0.0.2 } | meta "
                  "l4proto tcp dnat to ip saddr map @affinity-default/web/tcp/80/8080:8080 | meta "
                  "l4proto tcp meta l4proto @unsticky dnat to 10.0.0.2:8080"));
  EXPECT_THAT(parts.affinity_maps[0],
              ElementsAre(AffinityMap{
                  "affinity-default/web/tcp/80/8080", kUnreservedClients, {Ip("10.0.0.2")}}));
}

TEST(EndpointChainsTest, EachPortOfEndpointsHasAMapAndAllAreAsked) {
  const Parts parts = PartsOf(Sticky({"10.0.0.3:8081", "10.0.0.2:8080"}));
  EXPECT_THAT(
      ChainsOf(parts),
      Contains(
          "clients-default/web/tcp/80: ip saddr @affinity-default/web/tcp/80/8080 update "
          "@affinity-default/web/tcp/80/8080 { ip saddr timeout 3h : 10.0.0.2 } meta l4proto tcp "
          "dnat to ip saddr map @affinity-default/web/tcp/80/8080:8080 | ip saddr "
          "@affinity-default/web/tcp/80/8081 update @affinity-default/web/tcp/80/8081 { ip saddr "
          "timeout 3h : 10.0.0.3 } meta l4proto tcp dnat to ip saddr map "
          "@affinity-default/web/tcp/80/8081:8081"));
}

// Linux before 6.5: a client that is kept gets its endpoint from the map, whichever is drawn.
TEST(EndpointChainsTest, WithoutMatchesOfMapsOneMapNeedsNoQuestion) {
  const Parts parts = PartsOf(Sticky({"10.0.0.2:8080"}), {.matches_maps = false});
  EXPECT_THAT(
      ChainsOf(parts),
      ElementsAre("clients-default/web/tcp/80:",
                  "endpoint-default/web/tcp/80/10.0.0.2/8080: update "
                  "@affinity-default/web/tcp/80/8080 { ip saddr timeout 3h : 10.0.0.2 } | meta "
                  "l4proto tcp dnat to ip saddr map @affinity-default/web/tcp/80/8080:8080 | meta "
                  "l4proto tcp meta l4proto @unsticky dnat to 10.0.0.2:8080"));
}

TEST(EndpointChainsTest, WithoutMatchesOfMapsSeveralAreAskedBeforeADraw) {
  const Parts parts = PartsOf(Sticky({"10.0.0.3:8081", "10.0.0.2:8080"}), {.matches_maps = false});
  EXPECT_THAT(ChainsOf(parts),
              Contains("clients-default/web/tcp/80: meta l4proto tcp dnat to ip saddr map "
                       "@affinity-default/web/tcp/80/8080:8080 | meta l4proto tcp dnat to ip "
                       "saddr map @affinity-default/web/tcp/80/8081:8081"));
}

TEST(EndpointChainsTest, TheLocalPoolHasItsOwn) {
  model::Service web = Sticky({});
  web.external_ips = {Ip("198.51.100.1")};
  web.external_traffic_policy = model::TrafficPolicy::kLocal;
  web.ports[0].endpoints = {EndpointOn("node-a", "10.0.0.2:80"),
                            EndpointOn("node-b", "10.0.1.2:80")};
  const Parts parts = PartsOf(web);
  std::vector<std::string> names;
  for (const Chain& chain : parts.chains[0]) names.push_back(chain.name);
  EXPECT_THAT(
      names,
      ElementsAre("clients-default/web/tcp/80", "endpoint-default/web/tcp/80/10.0.0.2/80",
                  "endpoint-default/web/tcp/80/10.0.1.2/80", "clients-default/web/tcp/80/local",
                  "endpoint-default/web/tcp/80/10.0.0.2/80/local"));
  std::vector<std::string> ways;
  for (const Element& element : parts.elements) {
    if (element.id.set == SetId::kServices) ways.push_back(std::string(element.chain));
  }
  EXPECT_THAT(ways, ElementsAre("outside-kept-random-chain-2-default/web/tcp/80",
                                "local-kept-random-chain-1-of-2-default/web/tcp/80"));
}

TEST(EndpointChainsTest, MapsAreKnownWithoutTheRest) {
  const forwarding::ServiceRoutes routes =
      forwarding::Resolve(Sticky({"10.0.0.2:8080", "10.0.0.3:8080"}), NodeA(), forwarding::NoSlots);
  EXPECT_EQ(CompileAffinityMaps(routes, {}), CompileService(routes, {}).affinity_maps);
}

}  // namespace
}  // namespace nftsvc::nft
