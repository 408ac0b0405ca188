// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace nftsvc::model {

// Where in a message something stands: steps chained on the stack, put into words only when there
// is something to say about the place.
//
//   const Path service("services[3]");
//   const Path port(service, "ports", 0);  // services[3].ports[0]
//
// Parents must outlive their children; texts are borrowed.
class Path {
 public:
  explicit Path(absl::string_view root) : field_(root) {}
  Path(const Path& parent, absl::string_view field) : parent_(&parent), field_(field) {}
  Path(const Path& parent, absl::string_view field, size_t index)
      : parent_(&parent), field_(field), index_(index) {}

  // Proto field names: "services[3].ports[0].port".
  std::string ToString() const;

 private:
  std::string LastStep() const;

  static constexpr size_t kNoIndex = static_cast<size_t>(-1);

  const Path* parent_ = nullptr;
  absl::string_view field_;
  size_t index_ = kNoIndex;
};

}  // namespace nftsvc::model
