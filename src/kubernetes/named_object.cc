// SPDX-License-Identifier: Apache-2.0
#include "src/kubernetes/named_object.h"

#include "absl/strings/str_cat.h"
#include "src/model/check_text.h"

namespace nftsvc::kubernetes {
namespace {

model::ServiceName ReadName(const Fields& metadata, bool has_namespace,
                            model::IssueCollector& issues) {
  const size_t issues_before = issues.count();
  model::ServiceName name;
  if (has_namespace) {
    name.name_space = std::string(metadata.Text("namespace", model::kNamespaceRule));
    if (name.name_space.empty()) name.name_space = "default";
  }
  name.name = std::string(metadata.Text("name", model::kServiceNameRule));
  if (name.name.empty() && issues.count() == issues_before) {
    issues.Add(model::Path(metadata.path(), "name"), "is needed");
  }
  return issues.count() == issues_before ? name : model::ServiceName();
}

}  // namespace

NamedObject::NamedObject(const Object& object, model::IssueCollector& issues)
    : fields(object.json, "", issues),
      metadata(fields.Object("metadata")),
      labels(metadata.Object("labels")),
      name(ReadName(metadata, object.kind != "Node", issues)),
      title(absl::StrCat(object.kind, " ", name.name.empty() ? object.place : name.ToString())) {}

}  // namespace nftsvc::kubernetes
