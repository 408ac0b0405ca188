// SPDX-License-Identifier: Apache-2.0
#include "src/kubernetes/mistakes.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "src/model/limits.h"

namespace nftsvc::kubernetes {

void Mistakes::Add(absl::string_view object, model::IssueCollector&& issues) {
  count_ += issues.count();
  for (model::Issue& issue : std::move(issues).Take()) {
    if (issues_.size() == model::kMaxIssues) return;
    const char* separator = issue.path.empty() ? "" : ": ";
    issue.path = absl::StrCat(object, separator, issue.path);
    issues_.push_back(std::move(issue));
  }
}

void Mistakes::Add(absl::string_view object, absl::string_view message) {
  model::IssueCollector issues;
  issues.Add(model::Path(""), message);
  Add(object, std::move(issues));
}

}  // namespace nftsvc::kubernetes
