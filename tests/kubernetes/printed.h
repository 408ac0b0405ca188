// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "src/kubernetes/named_object.h"
#include "src/kubernetes/notes.h"
#include "src/kubernetes/read_objects.h"
#include "src/model/issue_collector.h"

namespace nftsvc::kubernetes {

// One a line: "spec.ports[0].port: must be ...".
inline std::string Print(const model::Issues& issues) {
  std::string text;
  for (const model::Issue& issue : issues) absl::StrAppend(&text, issue.ToString(), "\n");
  return text;
}

// One a line: "headless services: 2 (default/a, default/b)".
inline std::string Print(const std::vector<Note>& notes) {
  std::string text;
  for (const Note& note : notes) {
    absl::StrAppend(&text, note.what, ": ", note.count, " (", absl::StrJoin(note.names, ", "),
                    ")\n");
  }
  return text;
}

// What reading one object gives: the message on one line, or the issues, or the notes.
template <typename Read>
std::string PrintReading(absl::string_view kind, absl::string_view text, Read read) {
  const nlohmann::json json = nlohmann::json::parse(text.begin(), text.end());
  model::IssueCollector issues;
  Notes notes;
  const Object object = {
      .kind = std::string(kind), .api_version = "v1", .place = "items[3]", .json = json};
  const NamedObject named(object, issues);
  const std::string printed = read(named, notes, issues);
  const std::string mistakes = Print(std::move(issues).Take());
  return mistakes.empty() ? printed + Print(std::move(notes).Take()) : mistakes;
}

}  // namespace nftsvc::kubernetes
