// SPDX-License-Identifier: Apache-2.0
#include "src/web/metrics.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "tests/web/sample_facts.h"

namespace nftsvc::web {
namespace {

size_t LinesStartingWith(const std::string& text, absl::string_view start) {
  const std::vector<std::string> lines = absl::StrSplit(text, '\n');
  return static_cast<size_t>(std::count_if(
      lines.begin(), lines.end(), [&](const auto& line) { return absl::StartsWith(line, start); }));
}

TEST(MetricsTest, AreAsTheyAlwaysWere) {
  ExpectGolden("metrics.golden", PrintMetrics(SampleFacts()));
}

TEST(MetricsTest, ADaemonThatHasJustStartedHasAllFamiliesToo) {
  const std::string fresh = PrintMetrics(Facts());
  EXPECT_EQ(LinesStartingWith(fresh, "# HELP "),
            LinesStartingWith(PrintMetrics(SampleFacts()), "# HELP "));
}

TEST(MetricsTest, APortHasAsManySeriesAsTheLimitCounts) {
  const auto series = [](const Facts& facts) {
    const std::string text = PrintMetrics(facts);
    return LinesStartingWith(text, "nftsvc_service_connections_total{") +
           LinesStartingWith(text, "nftsvc_service_endpoints{") +
           LinesStartingWith(text, "nftsvc_service_usable_endpoints{") +
           LinesStartingWith(text, "nftsvc_endpoint_connections_total{");
  };
  for (const size_t endpoints : {0, 1, 7}) {
    Facts facts;
    facts.by_service = {{.name = "a", .ports = {{.number = 80}}}};
    facts.by_service[0].ports[0].endpoints.resize(endpoints);
    EXPECT_EQ(series(facts), SeriesOfPort(endpoints));
  }
}

}  // namespace
}  // namespace nftsvc::web
