// SPDX-License-Identifier: Apache-2.0
#include "src/wire/unknown_fields.h"

#include <google/protobuf/unknown_field_set.h>

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

namespace nftsvc::wire {
namespace {

// Of a newer version's fields a message has a few; of a hostile one's, millions.
constexpr size_t kMostNamed = 10;

}  // namespace

model::Issues UnknownFields(const google::protobuf::Message& message, absl::string_view path) {
  const google::protobuf::UnknownFieldSet& fields =
      message.GetReflection()->GetUnknownFields(message);
  std::vector<int> numbers;
  numbers.reserve(static_cast<size_t>(fields.field_count()));
  for (int i = 0; i < fields.field_count(); ++i) numbers.push_back(fields.field(i).number());
  std::sort(numbers.begin(), numbers.end());
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());

  model::Issues issues;
  const auto add = [&](std::string text) {
    issues.push_back({.path = std::string(path), .message = std::move(text), .service = ""});
  };
  for (size_t i = 0; i < std::min(numbers.size(), kMostNamed); ++i) {
    add(absl::StrCat("field ", numbers[i], " is unknown to this version"));
  }
  if (numbers.size() > kMostNamed) {
    add(absl::StrCat(numbers.size() - kMostNamed, " more fields are unknown to this version"));
  }
  return issues;
}

}  // namespace nftsvc::wire
