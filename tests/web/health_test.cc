// SPDX-License-Identifier: Apache-2.0
#include "src/web/health.h"

#include "tests/web/sample_facts.h"

namespace nftsvc::web {
namespace {

TEST(HealthTest, ADaemonInSyncIsHealthyAndReady) {
  const HealthAnswer healthy = Healthz(SampleFacts());
  EXPECT_EQ(healthy.status, 200u);
  EXPECT_EQ(healthy.body,
            "{\"lastUpdated\":\"1971-01-01T00:00:00+00:00\",\"currentTime\":"
            "\"1971-01-01T00:00:00+00:00\",\"nodeEligible\":true}\n");
  EXPECT_EQ(Readyz(SampleFacts()).status, 200u);
}

TEST(HealthTest, OneOutOfSyncSaysWhyAndIsAliveAllTheSame) {
  Facts facts = SampleFacts();
  facts.in_sync = false;
  facts.last_in_sync = absl::InfinitePast();
  facts.problems["kernel"] = "commit: \"x\"\x01\\";
  const HealthAnswer sick = Healthz(facts);
  EXPECT_EQ(sick.status, 503u);
  EXPECT_NE(sick.body.find(",\"problem\":\"commit: \\\"x\\\"\\u0001\\\\\"}"), std::string::npos)
      << sick.body;
  EXPECT_NE(sick.body.find("{\"lastUpdated\":\"1970-01-01T00:00:00+00:00\""), std::string::npos);
  EXPECT_EQ(Readyz(facts).status, 503u);
  EXPECT_EQ(Livez(facts).status, 200u);
}

}  // namespace
}  // namespace nftsvc::web
