// SPDX-License-Identifier: Apache-2.0
#include "src/web/status_page.h"

#include <gmock/gmock.h>

#include "absl/strings/str_replace.h"
#include "src/web/style_sheet.h"
#include "tests/web/sample_facts.h"

namespace nftsvc::web {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(StatusPageTest, IsAsItAlwaysWas) {
  // The style sheet has a test of its own.
  ExpectGolden("status_page.golden",
               absl::StrReplaceAll(PrintStatusPage(SampleFacts()), {{kStyleSheet, "STYLE"}}));
}

// Every text of the facts, wherever it is shown.
TEST(StatusPageTest, NoNameCanBecomeMarkup) {
  const std::string evil = "\"'><script>alert(1)</script><img src=x>";
  Facts facts = SampleFacts();
  facts.node = facts.version = facts.layout = facts.last_drift = evil;
  facts.problems = {{evil, evil}};
  facts.changes[0].who = facts.changes[0].what = evil;
  ServiceFacts& service = facts.by_service[0];
  service.name_space = service.name = service.source = evil;
  PortFacts& port = service.ports[0];
  port.name = port.protocol = port.frontends[0] = evil;
  port.endpoints[0].address = port.endpoints[0].name = evil;
  const std::string page = PrintStatusPage(facts);
  EXPECT_THAT(page, Not(HasSubstr("<script")));
  EXPECT_THAT(page, Not(HasSubstr("<img")));
  EXPECT_THAT(page, HasSubstr("&lt;script&gt;"));
}

TEST(StatusPageTest, FetchesNothing) {
  const std::string page = PrintStatusPage(SampleFacts());
  for (const char* link : {" src=", "http://", "https://", "<link", "<script", "style=\""}) {
    EXPECT_THAT(page, Not(HasSubstr(link)));
  }
}

TEST(StatusPageTest, ManyServicesAndEndpointsMakeNoPageWithoutEnd) {
  Facts facts = SampleFacts();
  PortFacts& port = facts.by_service[0].ports[0];
  port.endpoints.resize(100, {"10.0.0.2:80", "web", 1});
  port.frontends.resize(100, "10.96.0.1:80");
  facts.by_service.resize(300, facts.by_service[0]);
  facts.services = 100'000;
  const std::string page = PrintStatusPage(facts);
  EXPECT_LT(page.size(), size_t{8} << 20);
  EXPECT_THAT(page, HasSubstr("And 99800 more"));
  EXPECT_THAT(page, HasSubstr("and 50 more"));
  EXPECT_THAT(page, HasSubstr("and 92 more"));
}

TEST(StatusPageTest, TheSpreadOfTheLargestCountersAddsUp) {
  Facts facts = SampleFacts();
  const uint64_t half = uint64_t{1} << 62;
  facts.by_service[0].ports[0].endpoints = {{"a", "", half}, {"b", "", half}};
  EXPECT_THAT(PrintStatusPage(facts), HasSubstr("x=\"500\" width=\"500\""));
}

}  // namespace
}  // namespace nftsvc::web
