// SPDX-License-Identifier: Apache-2.0
#include "src/model/enforce_limits.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "src/model/service_size.h"
#include "tests/model/drafts.h"

namespace nftsvc::model {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr PushRules kAll = {.unnamed_stay = true, .refuse_singly = false};
constexpr PushRules kSingly = {.unnamed_stay = true, .refuse_singly = true};

// One with so many thousands of endpoint elements: at a hundred addresses, ten endpoints are one.
ServicePtr Heavy(const std::string& name, size_t thousands) {
  auto service = std::make_shared<Service>();
  service->name.name = name;
  for (int i = 1; i <= 50; ++i) {
    service->external_ips.push_back(Ip(absl::StrCat("10.1.0.", i)));
    service->load_balancer_ips.push_back(Ip(absl::StrCat("10.2.0.", i)));
  }
  for (uint16_t number = 1; thousands > 0; ++number) {
    const size_t here = std::min<size_t>(thousands, 3'000);
    Port port;
    port.port = number;
    port.endpoints.resize(10 * here);
    service->ports.push_back(port);
    thousands -= here;
  }
  return service;
}

class EnforceLimitsTest : public ::testing::Test {
 protected:
  void Propose(const ServicePtr& service) {
    proposals_.Add({.path = absl::StrCat("p", proposals_.size()),
                    .before = current_.Find(service->name),
                    .after = service});
  }

  std::vector<std::string> Enforce(PushRules rules) {
    IssueCollector issues;
    fits_ = EnforceLimits(current_, rules, proposals_, issues);
    return Printed(std::move(issues).Take());
  }

  Snapshot current_;
  Proposals proposals_;
  bool fits_ = false;
};

TEST_F(EnforceLimitsTest, SourceRangesMultiplyWithLoadBalancersFrontends) {
  auto service = std::make_shared<Service>();
  service->name.name = "a";
  service->load_balancer_ips = {Ip("10.2.0.1"), Ip("10.2.0.2")};
  service->load_balancer_source_ranges.resize(254);
  service->ports.resize(128);
  Propose(service);
  EXPECT_THAT(Enforce(kAll), IsEmpty());
  service->ports.resize(129);
  proposals_ = Proposals();
  Propose(service);
  EXPECT_THAT(Enforce(kAll),
              ElementsAre("p0: brings the snapshot to 66048 source elements (source ranges times "
                          "load balancer frontends), at most 65536 are allowed"));
}

TEST_F(EnforceLimitsTest, WhatDoesNotFitGetsTheIssueAndTheRestGoesOn) {
  Propose(Heavy("a", 3'000));
  Propose(Heavy("b", 1'001));
  Propose(Heavy("c", 1'000));
  EXPECT_THAT(Enforce(kSingly),
              ElementsAre("p1: brings the snapshot to 4001000 endpoint elements (endpoints times "
                          "frontends), at most 4000000 are allowed"));
  EXPECT_FALSE(fits_);
  EXPECT_FALSE(proposals_[0].refused);
  EXPECT_TRUE(proposals_[1].refused);
  EXPECT_FALSE(proposals_[2].refused);
}

TEST_F(EnforceLimitsTest, ServicesThatStayCountToo) {
  current_ = SnapshotOf({Heavy("old", 3'999)});
  Propose(Heavy("new", 2));
  EXPECT_EQ(Enforce(kAll).size(), 1u);
  EXPECT_FALSE(proposals_[0].refused);
}

TEST_F(EnforceLimitsTest, ServicesThatGoDoNotCount) {
  current_ = SnapshotOf({Heavy("old", 3'999)});
  Propose(Heavy("new", 2));
  EXPECT_THAT(Enforce({.unnamed_stay = false, .refuse_singly = false}), IsEmpty());
  EXPECT_TRUE(fits_);
}

TEST_F(EnforceLimitsTest, ARemovalMakesRoomInTheSamePush) {
  current_ = SnapshotOf({Heavy("old", 3'999)});
  Propose(Heavy("new", 2));
  proposals_.Add({.path = "p1", .before = current_.Find({"", "old"})});
  EXPECT_THAT(Enforce(kAll), IsEmpty());
}

TEST_F(EnforceLimitsTest, AReplacedServiceCountsOnce) {
  current_ = SnapshotOf({Heavy("a", 3'000)});
  Propose(Heavy("a", 4'000));
  EXPECT_THAT(Enforce(kSingly), IsEmpty());
}

// "a" may yet be refused, and then it is as big as before.
TEST_F(EnforceLimitsTest, ThereIsRoomForWhateverBecomesOfAProposalThatCanBeRefused) {
  current_ = SnapshotOf({Heavy("a", 3'000)});
  Propose(Heavy("a", 1));
  Propose(Heavy("b", 2'000));
  EXPECT_EQ(Enforce(kSingly).size(), 1u);
  EXPECT_TRUE(proposals_[1].refused);
}

TEST_F(EnforceLimitsTest, WhereNothingIsRefusedSinglyAShrinkingServiceMakesRoom) {
  current_ = SnapshotOf({Heavy("a", 3'000)});
  Propose(Heavy("a", 1));
  Propose(Heavy("b", 2'000));
  EXPECT_THAT(Enforce(kAll), IsEmpty());
}

TEST_F(EnforceLimitsTest, WhoWasRefusedBeforeCountsAsItIs) {
  current_ = SnapshotOf({Heavy("a", 3'000)});
  Propose(Heavy("a", 100));
  proposals_[0].refused = true;
  Propose(Heavy("b", 1'001));
  EXPECT_EQ(Enforce(kSingly).size(), 1u);
}

TEST_F(EnforceLimitsTest, FrontendsAreBounded) {
  auto wide = std::make_shared<Service>();
  wide->ports.resize(kMaxPortsPerService);
  wide->external_ips.resize(kMaxExternalIps);
  ASSERT_EQ(FrontendCount(*wide), 16'384u);
  for (int i = 0; i < 62; ++i) {
    auto service = std::make_shared<Service>(*wide);
    service->name.name = absl::StrCat("s", i);
    Propose(service);
  }
  EXPECT_THAT(
      Enforce(kAll),
      ElementsAre("p61: brings the snapshot to 1015808 frontends, at most 1000000 are allowed"));
}

}  // namespace
}  // namespace nftsvc::model
