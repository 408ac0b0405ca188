// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "src/kubernetes/mistakes.h"

namespace nftsvc::kubernetes {

// One object of the input, alive while it is visited.
struct Object {
  std::string kind;         // "Service"
  std::string api_version;  // "v1"; an item of a ServiceList may have it from its list
  std::string place;        // "items[3]", "document 2 items[3]" or "document 2"
  const nlohmann::json& json;
};

// Visits the objects of a text as kubectl prints it: one object, a list of them (of kind List, or
// such as ServiceList), or several of these, one behind the other. Order: as they stand there.
//
// What is not JSON is a failure, with line and column. What is JSON and not an object with kind and
// apiVersion is a mistake, and so is a list that is only one page of what was asked for: whoever
// takes it for all would remove the rest.
absl::Status ReadObjects(absl::string_view text, Mistakes& mistakes,
                         absl::FunctionRef<void(const Object&)> visit);

}  // namespace nftsvc::kubernetes
