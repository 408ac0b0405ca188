// SPDX-License-Identifier: Apache-2.0
#include "src/kubernetes/fields.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "src/kubernetes/printable.h"
#include "src/model/quoted.h"

namespace nftsvc::kubernetes {

using model::Path;
using nlohmann::json;

namespace {

constexpr char kNoText[] = "must be a text";
constexpr char kNoFlag[] = "must be true or false";
constexpr char kNoList[] = "must be a list";
constexpr char kNoObject[] = "must be an object";

// Only whole numbers written without point and exponent, as Go reads them.
std::optional<uint64_t> WholeNumber(const json& value) {
  if (const auto* number = value.get_ptr<const json::number_unsigned_t*>()) return *number;
  return std::nullopt;
}

}  // namespace

Fields::Fields(const json& object, absl::string_view path, model::IssueCollector& issues)
    : Fields(nullptr, Path(path), issues) {
  if (As<json::object_t>(&object, path_, kNoObject) != nullptr) object_ = &object;
}

const json* Fields::Find(absl::string_view name) const {
  if (object_ == nullptr) return nullptr;
  const auto member = object_->find(std::string(name));
  return member == object_->end() || member->is_null() ? nullptr : &*member;
}

template <typename T>
const T* Fields::As(const json* value, const Path& path, const char* complaint) const {
  if (value == nullptr) return nullptr;
  const T* typed = value->get_ptr<const T*>();
  if (typed == nullptr) issues_.Add(path, complaint);
  return typed;
}

absl::string_view Fields::Text(absl::string_view name) const {
  const auto* text = As<std::string>(Find(name), Path(path_, name), kNoText);
  return text == nullptr ? "" : absl::string_view(*text);
}

absl::string_view Fields::Text(absl::string_view name, const model::TextRule& rule) const {
  const absl::string_view text = Text(name);
  return model::CheckText(text, rule, Path(path_, name), issues_) ? text : "";
}

size_t Fields::Choice(absl::string_view name,
                      std::initializer_list<absl::string_view> words) const {
  const absl::string_view text = Text(name);
  const auto* word = std::find(words.begin(), words.end(), text);
  if (word != words.end()) return static_cast<size_t>(word - words.begin());
  if (!text.empty()) {
    issues_.Add(Path(path_, name), model::Quoted{text}, " is none of ", absl::StrJoin(words, ", "));
  }
  return 0;
}

bool Fields::Flag(absl::string_view name, bool if_absent) const {
  const auto* flag = As<bool>(Find(name), Path(path_, name), kNoFlag);
  return flag == nullptr ? if_absent : *flag;
}

uint32_t Fields::Number(absl::string_view name, uint32_t least, uint32_t most,
                        uint32_t if_absent) const {
  return Has(name) ? RequiredNumber(name, least, most) : if_absent;
}

uint32_t Fields::RequiredNumber(absl::string_view name, uint32_t least, uint32_t most) const {
  const json* value = Find(name);
  if (value != nullptr) {
    const std::optional<uint64_t> number = WholeNumber(*value);
    if (number.has_value() && *number >= least && *number <= most) {
      return static_cast<uint32_t>(*number);
    }
  }
  issues_.Add(Path(path_, name), "must be a number from ", least, " to ", most);
  return 0;
}

Fields Fields::Object(absl::string_view name) const {
  const Path path(path_, name);
  const json* value = Find(name);
  const bool is_object = As<json::object_t>(value, path, kNoObject) != nullptr;
  return {is_object ? value : nullptr, path, issues_};
}

size_t Fields::Count(absl::string_view name) const {
  const json* value = Find(name);
  return value != nullptr && value->is_array() ? value->size() : 0;
}

void Fields::EachText(absl::string_view name, VisitText visit) const {
  const auto* list = As<json::array_t>(Find(name), Path(path_, name), kNoList);
  if (list == nullptr) return;
  for (size_t i = 0; i < list->size(); ++i) {
    const Path path(path_, name, i);
    const auto* text = As<std::string>(&(*list)[i], path, kNoText);
    if (text != nullptr) visit(*text, path);
  }
}

void Fields::EachObject(absl::string_view name,
                        absl::FunctionRef<void(const Fields&)> visit) const {
  const auto* list = As<json::array_t>(Find(name), Path(path_, name), kNoList);
  if (list == nullptr) return;
  for (size_t i = 0; i < list->size(); ++i) {
    const Path path(path_, name, i);
    const json& element = (*list)[i];
    if (As<json::object_t>(&element, path, kNoObject) != nullptr) {
      visit(Fields(&element, path, issues_));
    }
  }
}

void Fields::EachMember(VisitMember visit) const {
  if (object_ == nullptr) return;
  for (const auto& [name, value] : object_->get_ref<const json::object_t&>()) {
    const std::string step = Printable(name);
    const Path path(path_, step);
    const auto* text = As<std::string>(&value, path, kNoText);
    if (text != nullptr) visit(name, *text, path);
  }
}

}  // namespace nftsvc::kubernetes
