// SPDX-License-Identifier: Apache-2.0
#include "src/cli/top_meter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "google/protobuf/text_format.h"

namespace nftsvc::cli {
namespace {

using ::testing::ElementsAre;

v1::ListResult Reading(const std::string& text) {
  v1::ListResult result;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &result)) << text;
  return result;
}

// A service with one port and two endpoints, of which the second has got all connections.
std::string ServiceWith(const std::string& name, uint64_t connections,
                        const std::string& more = "") {
  return absl::StrCat(
      "services { service: '", name, "' ports { name: 'http' protocol: TCP ",
      "connections: ", connections, " ", more, " endpoint_connections { address: '10.0.0.2:80' }",
      " endpoint_connections { address: '10.0.0.3:80' name: 'b' connections: ", connections,
      " } } } ");
}

TEST(TopMeterTest, ARateIsWhatWasAddedInTheTimeBetween) {
  TopMeter meter;
  meter.ReadAll(Reading(ServiceWith("a", 100) + ServiceWith("b", 7)), 10);
  EXPECT_EQ(meter.Sample().connections_per_second(), 0);
  meter.ReadAll(Reading(ServiceWith("a", 100) + ServiceWith("b", 27)), 14);
  EXPECT_EQ(meter.service_count(), 2u);
  const v1::TopSample sample = meter.Sample();
  EXPECT_EQ(sample.connections_per_second(), 5);
  ASSERT_EQ(sample.ports_size(), 2);
  EXPECT_EQ(sample.ports(0).service(), "b");
  EXPECT_EQ(sample.ports(0).connections_per_second(), 5);
  EXPECT_EQ(sample.ports(0).connections(), 27u);
  EXPECT_EQ(sample.ports(0).endpoints(0).address(), "10.0.0.3:80");
  EXPECT_EQ(sample.ports(0).endpoints(0).connections_per_second(), 5);
  EXPECT_EQ(sample.ports(1).connections_per_second(), 0);
}

TEST(TopMeterTest, ACounterThatBeganAnewIsNotNegative) {
  TopMeter meter;
  meter.ReadAll(Reading(ServiceWith("a", 100)), 0);
  meter.ReadAll(Reading(ServiceWith("a", 6)), 2);
  EXPECT_EQ(meter.Sample().ports(0).connections_per_second(), 3);
}

TEST(TopMeterTest, ReadingSomeLeavesTheOthersAsTheyWere) {
  TopMeter meter;
  meter.ReadAll(Reading(ServiceWith("a", 0) + ServiceWith("b", 0)), 0);
  meter.ReadAll(Reading(ServiceWith("a", 10) + ServiceWith("b", 20)), 1);
  EXPECT_THAT(meter.Busiest(1), ElementsAre("b"));
  EXPECT_THAT(meter.Busiest(9), ElementsAre("a", "b"));
  meter.ReadSome(Reading(ServiceWith("b", 20)), 2);
  const v1::TopSample sample = meter.Sample();
  EXPECT_EQ(sample.ports(0).service(), "a");
  EXPECT_EQ(sample.ports(0).connections_per_second(), 10);
  EXPECT_EQ(sample.ports(1).connections_per_second(), 0);
}

TEST(TopMeterTest, WhatIsGoneIsForgotten) {
  TopMeter meter;
  meter.ReadAll(Reading(ServiceWith("a", 0) + ServiceWith("b", 0)), 0);
  meter.ReadAll(Reading(ServiceWith("b", 0)), 1);
  ASSERT_EQ(meter.Sample().ports_size(), 1);
  EXPECT_EQ(meter.Sample().ports(0).service(), "b");
}

TEST(TopMeterTest, ASampleOfTheBusiestHasTheConnectionsOfAll) {
  TopMeter meter;
  const auto reading = [](uint64_t a, uint64_t b, uint64_t c) {
    return Reading(ServiceWith("a", a) + ServiceWith("b", b) + ServiceWith("c", c));
  };
  meter.ReadAll(reading(0, 0, 0), 0);
  meter.ReadAll(reading(2, 6, 4), 1);
  const v1::TopSample sample = meter.Sample(2);
  EXPECT_EQ(sample.connections_per_second(), 12);
  ASSERT_EQ(sample.ports_size(), 2);
  EXPECT_EQ(sample.ports(0).service(), "b");
  EXPECT_EQ(sample.ports(1).service(), "c");
  EXPECT_EQ(meter.Sample(0).ports_size(), 0);
}

TEST(TopMeterTest, ThoseAlikeAreInTheOrderOfTheirNames) {
  TopMeter meter;
  std::string services;
  for (int i = 9; i >= 0; --i) services += ServiceWith(absl::StrCat("s", i), 7);
  meter.ReadAll(Reading(services), 0);
  EXPECT_THAT(meter.Busiest(3), ElementsAre("s0", "s1", "s2"));
  EXPECT_EQ(meter.Sample().ports(9).service(), "s9");
}

// A service whose endpoints have these counters.
std::string ServiceOf(const std::vector<std::pair<std::string, uint64_t>>& endpoints) {
  std::string port = "services { service: 'a' ports { protocol: TCP ";
  for (const auto& [address, connections] : endpoints) {
    absl::StrAppend(&port, "endpoint_connections { address: '", address,
                    "' connections: ", connections, " } ");
  }
  return port + "} }";
}

TEST(TopMeterTest, AnEndpointKeepsItsCounterWhereverItStands) {
  TopMeter meter;
  meter.ReadAll(Reading(ServiceOf({{"old", 5}, {"gone", 5}})), 0);
  meter.ReadAll(Reading(ServiceOf({{"new", 100}, {"old", 8}})), 1);
  v1::TopSample sample = meter.Sample();
  ASSERT_EQ(sample.ports(0).endpoints_size(), 2);
  EXPECT_EQ(sample.ports(0).endpoints(0).address(), "old");
  EXPECT_EQ(sample.ports(0).endpoints(0).connections_per_second(), 3);
  // Nobody knows since when a new one has had its connections.
  EXPECT_EQ(sample.ports(0).endpoints(1).address(), "new");
  EXPECT_EQ(sample.ports(0).endpoints(1).connections_per_second(), 0);
  EXPECT_EQ(sample.ports(0).endpoints(1).connections(), 100u);
  meter.ReadAll(Reading(ServiceOf({{"new", 110}, {"old", 8}})), 2);
  sample = meter.Sample();
  EXPECT_EQ(sample.ports(0).endpoints(0).address(), "new");
  EXPECT_EQ(sample.ports(0).endpoints(0).connections_per_second(), 10);
}

TopMeter TwoServices() {
  TopMeter meter;
  const std::string sticky = "affinity_seconds: 60";
  meter.ReadAll(Reading(ServiceWith("default/web", 0) + ServiceWith("default/cart", 0, sticky)), 0);
  meter.ReadAll(Reading(ServiceWith("default/web", 250) + ServiceWith("default/cart", 5, sticky)),
                2);
  return meter;
}

TEST(RenderTopTest, ShowsPortsAndTheirEndpointsTheBusiestFirst) {
  EXPECT_EQ(RenderTop(TwoServices().Sample(), "the title", Screen(), Style()),
            "the title\n"
            "SERVICE       PORT      ENDPOINT        CONN/S  CONNECTIONS\n"
            "default/web   http/tcp                     125          250\n"
            "                        10.0.0.3:80 b      125          250\n"
            "                        10.0.0.2:80        0.0            0\n"
            "default/cart  http/tcp                     2.5            5\n"
            "                        10.0.0.3:80 b  new 2.5        new 5\n"
            "                        10.0.0.2:80    new 0.0        new 0\n");
}

TEST(RenderTopTest, IsCutToTheScreen) {
  const std::string text =
      RenderTop(TwoServices().Sample(), "the title", {.rows = 4, .columns = 20}, Style());
  EXPECT_EQ(text,
            "the title\n"
            "SERVICE      PORT   \n"
            "default/web  http/tc\n"
            "                    \n");
  // Also one that has no room for anything.
  EXPECT_EQ(RenderTop(TwoServices().Sample(), "t", {.rows = 1, .columns = 3}, Style()), "t\nSER\n");
}

}  // namespace
}  // namespace nftsvc::cli
