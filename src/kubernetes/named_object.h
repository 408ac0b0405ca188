// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "src/kubernetes/fields.h"
#include "src/kubernetes/read_objects.h"
#include "src/model/issue_collector.h"
#include "src/model/service.h"

namespace nftsvc::kubernetes {

// The parts that every object has, and its name. A missing namespace is "default", as the API's
// ObjectMeta has it; a missing name is an issue.
struct NamedObject {
  NamedObject(const Object& object, model::IssueCollector& issues);

  const Fields fields;
  const Fields metadata;
  const Fields labels;
  const model::ServiceName name;  // that of a Node has no namespace; unfit ones are empty

  // How mistakes call it: "Service default/web", or "Service items[3]" without a fit name.
  const std::string title;
};

}  // namespace nftsvc::kubernetes
