// SPDX-License-Identifier: Apache-2.0
#include "src/web/metrics_writer.h"

#include <gtest/gtest.h>

namespace nftsvc::web {
namespace {

TEST(MetricsWriterTest, LabelsAreEscapedAndHelpAndTypeComeOnce) {
  MetricsWriter writer;
  writer.Begin("a_total", "counter", "Of a.");
  writer.Add({{"b", "x\\y\"z\nw"}, {"c", ""}}, 18446744073709551615u);
  writer.Add({}, 1);
  EXPECT_EQ(std::move(writer).Take(),
            "# HELP a_total Of a.\n# TYPE a_total counter\n"
            "a_total{b=\"x\\\\y\\\"z\\nw\",c=\"\"} 18446744073709551615\na_total 1\n");
}

TEST(MetricsWriterTest, TimesAreExactToTheMicrosecondAndNeverIsZero) {
  MetricsWriter writer;
  writer.Timestamp("a", "A.", absl::FromUnixMicros(1'795'824'000'123'456));
  writer.Timestamp("b", "B.", absl::InfinitePast());
  EXPECT_EQ(std::move(writer).Take(),
            "# HELP a A.\n# TYPE a gauge\na 1795824000.123456\n"
            "# HELP b B.\n# TYPE b gauge\nb 0\n");
}

TEST(MetricsWriterTest, BucketsOfAHistogramAddUp) {
  base::Histogram histogram;
  for (const double seconds : {0.00005, 0.0001, 0.01, 1000.0}) histogram.Add(seconds);
  MetricsWriter writer;
  writer.Histogram("a_seconds", "A.", histogram);
  const std::string text = std::move(writer).Take();
  EXPECT_NE(text.find("a_seconds_bucket{le=\"0.0001\"} 2\n"), text.npos) << text;
  EXPECT_NE(text.find("a_seconds_bucket{le=\"0.0064\"} 2\n"), text.npos) << text;
  EXPECT_NE(text.find("a_seconds_bucket{le=\"0.0128\"} 3\n"), text.npos) << text;
  EXPECT_NE(text.find("a_seconds_bucket{le=\"52.4288\"} 3\n"), text.npos) << text;
  EXPECT_NE(text.find("a_seconds_bucket{le=\"+Inf\"} 4\n"), text.npos) << text;
  EXPECT_NE(text.find("a_seconds_count 4\n"), text.npos) << text;
}

}  // namespace
}  // namespace nftsvc::web
