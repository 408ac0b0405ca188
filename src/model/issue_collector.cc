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

void IssueCollector::Add(Issues issues, size_t count) {
  const size_t room = count_ < most_ ? most_ - count_ : 0;
  count_ += count;
  if (issues.size() > room) issues.resize(room);
  for (Issue& issue : issues) filed_.push_back({rank_, std::move(issue)});
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
