// SPDX-License-Identifier: Apache-2.0
#include "src/cli/push_result.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "src/wire/issue_codec.h"

namespace nftsvc::cli {
namespace {

// Of a line that begins with what happens: "+ default/web", "delete element …".
Colour ColourOfChange(absl::string_view line) {
  if (absl::StartsWith(line, "+") || absl::StartsWith(line, "add ")) return Colour::kGreen;
  if (absl::StartsWith(line, "-") || absl::StartsWith(line, "delete ")) return Colour::kRed;
  return Colour::kYellow;
}

}  // namespace

std::string RenderCounts(const v1::PushResult& result, const Style& style) {
  const std::string head =
      absl::StrCat(style.Paint(Colour::kBold, absl::StrCat("revision ", result.revision(), ":")),
                   " ", Count(result.services(), "service"));
  const uint32_t touched =
      result.services_added() + result.services_changed() + result.services_removed();
  if (touched == 0 && result.operations() == 0) return absl::StrCat(head, ", nothing to change\n");
  return absl::StrCat(head, ", ", result.services_added(), " added, ", result.services_changed(),
                      " changed, ", result.services_removed(), " removed, ",
                      Count(result.operations(), "operation"), "\n");
}

std::string RenderDurations(const v1::PushResult& result, const Style& style) {
  return style.Paint(Colour::kDim,
                     absl::StrCat("checked in ", PrintMicroseconds(result.validate_us()),
                                  ", planned in ", PrintMicroseconds(result.plan_us()),
                                  ", committed in ", PrintMicroseconds(result.commit_us()),
                                  ", saved in ", PrintMicroseconds(result.persist_us()))) +
         "\n";
}

std::string RenderChanges(const v1::PushResult& result, const Style& style) {
  std::string text;
  for (const std::string& line : result.service_changes()) {
    absl::StrAppend(&text, style.Paint(ColourOfChange(line), line), "\n");
  }
  if (result.nft_operations_size() > 0) text += "\n";
  for (const std::string& line : result.nft_operations()) {
    absl::StrAppend(&text, style.Paint(ColourOfChange(line), line), "\n");
  }
  if (result.changes_left_off() > 0) {
    absl::StrAppend(&text, "and ", result.changes_left_off(), " more\n");
  }
  return text;
}

void ReportWarnings(Session& session, const v1::PushResult& result) {
  for (const v1::Issue& issue : result.issues()) session.Report(wire::DecodeIssue(issue));
  if (result.issues_size() > 0) session.Warn("the services above are left as they were");
  if (!result.persist_warning().empty()) session.Warn(result.persist_warning());
}

}  // namespace nftsvc::cli
