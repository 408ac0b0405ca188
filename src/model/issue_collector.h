// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "src/model/issue.h"
#include "src/model/limits.h"
#include "src/model/path.h"
#include "src/model/quoted.h"
#include "src/model/service.h"

namespace nftsvc::model {

// Gathers the issues of a push, at most so many of them; of the rest it only keeps count, and puts
// nothing into words: a hostile push can have millions.
class IssueCollector {
 public:
  explicit IssueCollector(size_t most = kMaxIssues) : most_(most) {}

  // The issues from here on belong to the rank-th thing that the client sent. The service's name is
  // borrowed until the next call; null: not known.
  void Begin(size_t rank, const ServiceName* service) {
    rank_ = rank;
    service_ = service;
  }

  // The message is the parts one after the other: what absl::StrCat takes, or what has a
  // ToString().
  template <typename... Parts>
  void Add(const Path& path, const Parts&... parts) {
    if (++count_ <= most_) File(path.ToString(), absl::StrCat(Printable(parts)...));
  }

  // Those that another collector took and counted; they belong to the same thing.
  void Add(Issues issues, size_t count);

  // How many there are, kept or not.
  size_t count() const { return count_; }

  // By rank, and in the order of the calls within it.
  Issues Take() &&;

 private:
  struct Filed {
    size_t rank;
    Issue issue;
  };

  template <typename T>
  static decltype(auto) Printable(const T& part) {
    if constexpr (requires { part.ToString(); }) {
      return part.ToString();
    } else {
      return (part);
    }
  }

  void File(std::string path, std::string message);

  size_t most_;
  size_t rank_ = 0;
  const ServiceName* service_ = nullptr;
  size_t count_ = 0;
  std::vector<Filed> filed_;
};

}  // namespace nftsvc::model
