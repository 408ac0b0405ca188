// SPDX-License-Identifier: Apache-2.0
#include "src/cli/import_report.h"

#include <gtest/gtest.h>

#include <sstream>
#include <string>

#include "src/wire/json.h"
#include "src/wire/snapshot_text.h"

namespace nftsvc::cli {
namespace {

class ImportReportTest : public ::testing::Test {
 protected:
  std::istringstream in_;
  std::ostringstream out_, err_;
  Session session_{.in = in_, .out = out_, .err = err_, .call = {}};
};

TEST_F(ImportReportTest, CountsAreInWords) {
  v1::Snapshot snapshot;
  EXPECT_EQ(PrintImportCounts(snapshot, 0, 0), "0 services, 0 ports, 0 endpoints");
  snapshot.add_services();
  EXPECT_EQ(PrintImportCounts(snapshot, 1, 2), "1 service, 1 port, 2 endpoints");
}

TEST_F(ImportReportTest, NotesSayWhetherAllNamesAreThere) {
  TellNote(session_, "left out", "things", 2, {"a", "b"});
  TellNote(session_, "left out", "things", 3, {"a", "b"});
  TellNote(session_, "note", "others", 4, {});
  EXPECT_EQ(err_.str(),
            "left out: things: 2 (a, b)\n"
            "left out: things: 3 (a, b, ...)\n"
            "note: others: 4\n");
  EXPECT_EQ(out_.str(), "");
}

TEST_F(ImportReportTest, WhatARefusalPrintsIsNoSnapshot) {
  for (const bool json : {false, true}) {
    out_.str("");
    session_.json = json;
    EXPECT_EQ(RefuseImport(session_, "why"), kFailed);
    EXPECT_FALSE(wire::ParseSnapshot(out_.str(), wire::Format::kDetect).ok()) << out_.str();
  }
}

TEST_F(ImportReportTest, MistakesAreListedAndCounted) {
  EXPECT_EQ(
      RefuseImport(session_, "rules", {{.path = "line 3", .message = "is odd", .service = ""}}, 4),
      kFailed);
  EXPECT_EQ(err_.str(), "line 3: is odd\nand 4 more\nnftsvc: import rules: 5 mistakes\n");
}

}  // namespace
}  // namespace nftsvc::cli
