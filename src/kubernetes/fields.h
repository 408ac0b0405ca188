// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <nlohmann/json_fwd.hpp>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "src/model/check_text.h"
#include "src/model/issue_collector.h"
#include "src/model/path.h"

namespace nftsvc::kubernetes {

// The members of a JSON object, read as what they should be. One that is something else is an issue
// at its path, and is read as if it were absent. As in Kubernetes, null is absent too.
//
//   const Fields spec = object.Object("spec");
//   const uint32_t node_port = spec.Number("nodePort", 0, 65535, 0);
//
// Everything is borrowed: the JSON, the collector, the names, and by the Fields of a member those
// of its parent.
class Fields {
 public:
  // `path` is put in front of the members' names.
  Fields(const nlohmann::json& object, absl::string_view path, model::IssueCollector& issues);

  Fields(const Fields&) = delete;
  Fields& operator=(const Fields&) = delete;

  const model::Path& path() const { return path_; }

  // Neither absent nor null.
  bool Has(absl::string_view name) const { return Find(name) != nullptr; }

  // An absent text is empty.
  absl::string_view Text(absl::string_view name) const;

  // Also obeys the rule; else empty.
  absl::string_view Text(absl::string_view name, const model::TextRule& rule) const;

  // The position in `words` of a text. An absent or empty one is the first.
  size_t Choice(absl::string_view name, std::initializer_list<absl::string_view> words) const;

  bool Flag(absl::string_view name, bool if_absent) const;

  uint32_t Number(absl::string_view name, uint32_t least, uint32_t most, uint32_t if_absent) const;

  // To be absent is an issue, and then it is 0.
  uint32_t RequiredNumber(absl::string_view name, uint32_t least, uint32_t most) const;

  Fields Object(absl::string_view name) const;

  // How many elements a list has.
  size_t Count(absl::string_view name) const;

  // The elements of a list, in order.
  using VisitText = absl::FunctionRef<void(absl::string_view text, const model::Path& path)>;
  void EachText(absl::string_view name, VisitText visit) const;
  void EachObject(absl::string_view name, absl::FunctionRef<void(const Fields&)> visit) const;

  // All members, by name; each has to be a text.
  using VisitMember = absl::FunctionRef<void(absl::string_view name, absl::string_view text,
                                             const model::Path& path)>;
  void EachMember(VisitMember visit) const;

 private:
  Fields(const nlohmann::json* object, const model::Path& path, model::IssueCollector& issues)
      : object_(object), path_(path), issues_(issues) {}

  // Null if absent.
  const nlohmann::json* Find(absl::string_view name) const;

  // Null, with an issue, unless `value` is a T; null without one if it is null.
  template <typename T>
  const T* As(const nlohmann::json* value, const model::Path& path, const char* complaint) const;

  const nlohmann::json* object_;  // null: no members
  model::Path path_;
  model::IssueCollector& issues_;
};

}  // namespace nftsvc::kubernetes
