// SPDX-License-Identifier: Apache-2.0
#include "tests/golden/case_file.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace nftsvc::testing {

CaseFile CaseFile::Parse(absl::string_view text) {
  CaseFile file;
  for (absl::string_view line : absl::StrSplit(absl::StripSuffix(text, "\n"), '\n')) {
    absl::string_view name = line;
    if (absl::ConsumePrefix(&name, "-- ") && absl::ConsumeSuffix(&name, " --")) {
      file.sections.push_back({std::string(name), ""});
    } else {
      std::string& to = file.sections.empty() ? file.title : file.sections.back().text;
      absl::StrAppend(&to, line, "\n");
    }
  }
  return file;
}

std::string CaseFile::ToString() const {
  std::string text = title;
  for (const Section& section : sections) {
    absl::StrAppend(&text, "-- ", section.name, " --\n", section.text);
  }
  return text;
}

}  // namespace nftsvc::testing
