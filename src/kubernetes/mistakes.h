// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "absl/strings/string_view.h"
#include "src/model/issue.h"
#include "src/model/issue_collector.h"

namespace nftsvc::kubernetes {

// The mistakes of all objects. Their paths begin with the object: "Service default/web:
// spec.ports[1].port".
class Mistakes {
 public:
  // Adds those of one object. Their paths are within it.
  void Add(absl::string_view object, model::IssueCollector&& issues);

  // A mistake of the object as a whole.
  void Add(absl::string_view object, absl::string_view message);

  size_t count() const { return count_; }

  // At most model::kMaxIssues, in the order of the objects.
  model::Issues Take() && { return std::move(issues_); }

 private:
  model::Issues issues_;
  size_t count_ = 0;
};

}  // namespace nftsvc::kubernetes
