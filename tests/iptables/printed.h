// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "src/iptables/import_notes.h"
#include "src/iptables/kube_tables.h"
#include "src/model/issue_collector.h"

namespace nftsvc::iptables {

// One a line: "line 3: service default/web: ports[0].port: 0 is not a port".
inline std::string Print(const model::Issues& issues) {
  std::string text;
  for (const model::Issue& issue : issues) absl::StrAppend(&text, issue.ToString(), "\n");
  return text;
}

// One a line: "rules of others: 2 (line 3, line 4)".
inline std::string Print(const std::vector<ImportNote>& notes) {
  std::string text;
  for (const ImportNote& note : notes) {
    absl::StrAppend(&text, note.what, ": ", note.count);
    if (!note.places.empty()) absl::StrAppend(&text, " (", absl::StrJoin(note.places, ", "), ")");
    absl::StrAppend(&text, "\n");
  }
  return text;
}

// "name" is that of a file below tests/iptables/saves.
inline std::string ReadSave(absl::string_view name) {
  const std::string path = absl::StrCat(NFTSVC_SOURCE_DIR, "/tests/iptables/saves/", name);
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in) << path;
  std::ostringstream text;
  text << in.rdbuf();
  return std::move(text).str();
}

// The tables of a text that has no mistakes. The text must outlive them.
inline KubeTables TablesOf(absl::string_view text) {
  ImportNotes notes;
  model::IssueCollector issues;
  absl::StatusOr<KubeTables> tables = ReadTables(text, notes, issues);
  EXPECT_TRUE(tables.ok()) << tables.status();
  EXPECT_EQ(Print(std::move(issues).Take()), "");
  return *std::move(tables);
}

}  // namespace nftsvc::iptables
