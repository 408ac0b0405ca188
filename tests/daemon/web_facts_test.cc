// SPDX-License-Identifier: Apache-2.0
#include "src/daemon/web_facts.h"

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "tests/support/loop.h"

namespace nftsvc::daemon {
namespace {

model::Service Numbered(int number, size_t endpoints) {
  std::vector<std::string> texts;
  for (size_t i = 0; i < endpoints; ++i) texts.push_back(absl::StrCat("10.0.0.", i + 1, ":80"));
  model::Service service = testing::WebAt(texts);
  service.name.name = absl::StrCat("s", number);
  service.cluster_ips = {testing::Ip(absl::StrCat("10.96.1.", number))};
  return service;
}

class WebFactsTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(loop_.Start().ok()); }

  web::Facts Tell(size_t max_series) {
    web::Facts facts;
    EXPECT_EQ(TellServices(*loop_, max_series, facts), absl::OkStatus());
    return facts;
  }

  testing::Loop loop_;
};

TEST_F(WebFactsTest, AServiceComesWithItsPortsAndEndpoints) {
  ASSERT_TRUE(loop_.Push(Numbered(1, 2)).ok());
  const web::Facts facts = Tell(100);
  ASSERT_EQ(facts.by_service.size(), 1u);
  EXPECT_EQ(facts.by_service[0].name, "s1");
  EXPECT_EQ(facts.by_service[0].source, "push");
  ASSERT_EQ(facts.by_service[0].ports.size(), 1u);
  EXPECT_EQ(facts.by_service[0].ports[0].number, 80);
  EXPECT_EQ(facts.by_service[0].ports[0].protocol, "tcp");
  EXPECT_EQ(facts.by_service[0].ports[0].endpoints.size(), 2u);
  EXPECT_EQ(facts.by_service[0].ports[0].usable_endpoints, 2u);
  EXPECT_EQ(facts.series_left_off, 0u);
}

// Whatever the limit: what is shown and what is left off are all there is, and no more is shown.
TEST_F(WebFactsTest, TheLimitHoldsAndWhatIsLeftOffIsCounted) {
  size_t all = 0;
  for (int i = 1; i <= 9; ++i) {
    const size_t endpoints = static_cast<size_t>(i) % 4 * 3;
    ASSERT_TRUE(loop_.Push(Numbered(i, endpoints)).ok());
    all += web::SeriesOfPort(endpoints);
  }
  for (size_t limit = 1; limit <= all + 1; ++limit) {
    const web::Facts facts = Tell(limit);
    size_t shown = 0;
    for (const web::ServiceFacts& service : facts.by_service) {
      for (const web::PortFacts& port : service.ports) {
        shown += web::SeriesOfPort(port.endpoints.size());
      }
    }
    EXPECT_LE(shown, limit);
    EXPECT_EQ(shown + facts.series_left_off, all) << limit;
    EXPECT_EQ(limit >= all, facts.series_left_off == 0) << limit;
  }
}

TEST_F(WebFactsTest, AFailureToReadLeavesAllOffAndSaysSo) {
  ASSERT_TRUE(loop_.Push(Numbered(1, 2)).ok());
  loop_.kernel.FailCall(loop_.kernel.calls().size(), {.status = absl::UnavailableError("busy")});
  web::Facts facts;
  EXPECT_EQ(TellServices(*loop_, 100, facts).message(), "busy");
  EXPECT_EQ(facts.series_left_off, web::SeriesOfPort(2));
  EXPECT_TRUE(facts.by_service.empty());
}

TEST_F(WebFactsTest, HealthIsThatOfTheReconciler) {
  ASSERT_TRUE(loop_.Push(Numbered(1, 2)).ok());
  web::Facts facts;
  TellHealth(*loop_, facts);
  EXPECT_TRUE(facts.in_sync);
  EXPECT_EQ(facts.revision, 1u);
  EXPECT_EQ(facts.services, 1u);
  EXPECT_EQ(facts.endpoints, 2u);
  EXPECT_EQ(facts.commit_seconds.count(), loop_->health().commits);
  EXPECT_EQ(facts.node, "node-a");
}

TEST_F(WebFactsTest, PushesAreToldTheLatestFirst) {
  control::PushLog log;
  log.Add({.who = "a", .revision = 1, .added = 2, .took = absl::Milliseconds(3)});
  log.Add({.who = "b", .result = control::PushRecord::kRefused, .why = "x"});
  web::Facts facts;
  TellPushes(log, facts);
  ASSERT_EQ(facts.changes.size(), 2u);
  EXPECT_EQ(facts.changes[0].what, "refused: x");
  EXPECT_FALSE(facts.changes[0].is_good);
  EXPECT_EQ(facts.changes[1].what, "revision 1: +2 ~0 -0 services in 3.0 ms");
  EXPECT_EQ(facts.pushes.at("refused"), 1u);
  EXPECT_EQ(facts.service_changes.at("added"), 2u);
}

}  // namespace
}  // namespace nftsvc::daemon
