// SPDX-License-Identifier: Apache-2.0
#include "src/cli/migrate_report.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

namespace nftsvc::cli {
namespace {

// What is printed of one report.
std::string PrintReport(bool json) {
  std::istringstream in;
  std::ostringstream out, err;
  Session session{.in = in, .out = out, .err = err, .call = nullptr};
  session.json = json;
  {
    MigrateReport report(session, "forward");
    report.Line("push: 3 added");
    report.SetNumber("services_added", 3);
    report.SetText("backend", "legacy");
    report.SetFlag("executed", true);
    report.AddText("warnings", "kube-proxy runs");
    SetField(report.Add("remove"), "family", "ip6");
  }
  return out.str();
}

TEST(MigrateReportTest, IsLinesForPeople) { EXPECT_EQ(PrintReport(false), "push: 3 added\n"); }

TEST(MigrateReportTest, IsOneObjectForPrograms) {
  const nlohmann::json object = nlohmann::json::parse(PrintReport(true));
  EXPECT_EQ(object["direction"], "forward");
  EXPECT_EQ(object["services_added"], 3);
  EXPECT_EQ(object["backend"], "legacy");
  EXPECT_EQ(object["executed"], true);
  EXPECT_EQ(object["warnings"], nlohmann::json::array({"kube-proxy runs"}));
  EXPECT_EQ(object["obstacles"], nlohmann::json::array());
  EXPECT_EQ(object["remove"][0]["family"], "ip6");
}

}  // namespace
}  // namespace nftsvc::cli
