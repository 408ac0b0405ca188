// SPDX-License-Identifier: Apache-2.0
#include "src/kubernetes/read_objects.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "src/base/status_macros.h"
#include "src/kubernetes/fields.h"
#include "src/kubernetes/json_reader.h"
#include "src/model/issue_collector.h"

namespace nftsvc::kubernetes {
namespace {

using nlohmann::json;

struct Type {
  std::string kind, api_version;
};

// What an object says that it is. What it does not say is `inherited`; without that, it is a
// mistake, and the kind is empty.
Type ReadType(const Fields& object, const Type& inherited, model::IssueCollector& issues) {
  const auto read = [&](absl::string_view name, const std::string& otherwise) {
    const absl::string_view text = object.Text(name);
    if (text.empty() && otherwise.empty()) {
      issues.Add(model::Path(object.path(), name), "is needed");
    }
    return text.empty() ? otherwise : std::string(text);
  };
  Type type;
  type.kind = read("kind", inherited.kind);
  type.api_version = read("apiVersion", inherited.api_version);
  if (type.api_version.empty()) type.kind.clear();
  return type;
}

// Types of others may end in "List" and be none.
bool IsList(const Type& type, const JsonDocument& document) {
  const bool built_in = type.api_version == "v1" || absl::EndsWith(type.api_version, ".k8s.io/v1");
  return absl::EndsWith(type.kind, "List") &&
         (built_in || document.items != JsonDocument::Items::kNone);
}

class ObjectReader {
 public:
  ObjectReader(absl::string_view text, Mistakes& mistakes,
               absl::FunctionRef<void(const Object&)> visit)
      : reader_(text), mistakes_(mistakes), visit_(visit) {}

  absl::Status Read() {
    if (reader_.AtEnd()) return absl::InvalidArgumentError("the input is empty");
    for (size_t number = 1; !reader_.AtEnd(); ++number) {
      ASSIGN_OR_RETURN(const JsonDocument document, reader_.ReadHead());
      const bool only_one = number == 1 && reader_.AtEnd();
      RETURN_IF_ERROR(ReadDocument(document, absl::StrCat("document ", number), only_one));
    }
    return absl::OkStatus();
  }

 private:
  absl::Status ReadDocument(const JsonDocument& document, const std::string& place, bool only_one) {
    model::IssueCollector issues;
    const Fields head(document.head, "", issues);
    Type type = ReadType(head, {}, issues);
    const bool is_list = IsList(type, document);
    if (is_list) CheckList(head, document, issues);
    mistakes_.Add(place, std::move(issues));
    if (!is_list) {
      Visit(std::move(type), place, document.head);
      return absl::OkStatus();
    }
    if (document.items != JsonDocument::Items::kList) return absl::OkStatus();
    // A ServiceList says what its items are, a List does not.
    type.kind = std::string(absl::StripSuffix(type.kind, "List"));
    if (type.kind.empty()) type.api_version.clear();
    return reader_.ReadItems(document, [&](size_t index, const json& item) {
      ReadItem(type, absl::StrCat(only_one ? "" : place + " ", "items[", index, "]"), item);
    });
  }

  void CheckList(const Fields& head, const JsonDocument& document, model::IssueCollector& issues) {
    if (document.items != JsonDocument::Items::kList) {
      issues.Add(model::Path(head.path(), "items"), "must be a list");
    }
    const Fields metadata = head.Object("metadata");
    if (!metadata.Text("continue").empty()) {
      issues.Add(model::Path(metadata.path(), "continue"),
                 "says that the list is only a part: ask for all of it");
    }
  }

  void ReadItem(const Type& list, std::string place, const json& item) {
    model::IssueCollector issues;
    const Fields object(item, "", issues);
    Type type = item.is_object() ? ReadType(object, list, issues) : Type();
    if (type.kind == "List") {
      issues.Add(model::Path(object.path(), "kind"), "is List, which is not read within a list");
      type.kind.clear();
    }
    mistakes_.Add(place, std::move(issues));
    Visit(std::move(type), std::move(place), item);
  }

  void Visit(Type type, std::string place, const json& object) {
    if (type.kind.empty()) return;
    visit_({.kind = std::move(type.kind),
            .api_version = std::move(type.api_version),
            .place = std::move(place),
            .json = object});
  }

  JsonReader reader_;
  Mistakes& mistakes_;
  absl::FunctionRef<void(const Object&)> visit_;
};

}  // namespace

absl::Status ReadObjects(absl::string_view text, Mistakes& mistakes,
                         absl::FunctionRef<void(const Object&)> visit) {
  return ObjectReader(text, mistakes, visit).Read();
}

}  // namespace nftsvc::kubernetes
