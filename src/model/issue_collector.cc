// SPDX-License-Identifier: Apache-2.0
#include "src/model/issue_collector.h"

#include <algorithm>
#include <utility>

namespace nftsvc::model {

void IssueCollector::File(std::string path, std::string message) {
  filed_.push_back({rank_,
                    {.path = std::move(path),
                     .message = std::move(message),
                     .service = service_ == nullptr ? "" : service_->ToString()}});
}

Issues IssueCollector::Take() && {
  std::stable_sort(filed_.begin(), filed_.end(),
                   [](const Filed& a, const Filed& b) { return a.rank < b.rank; });
  Issues issues;
  issues.reserve(filed_.size());
  for (Filed& filed : filed_) issues.push_back(std::move(filed.issue));
  return issues;
}

}  // namespace nftsvc::model
