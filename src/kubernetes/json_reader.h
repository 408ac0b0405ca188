// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace nftsvc::kubernetes {

// An object of the input's top level, without its member `items`: that is read element by element.
struct JsonDocument {
  nlohmann::json head;
  enum class Items { kNone, kList, kOther } items = Items::kNone;  // null counts as an empty list
  size_t begin = 0, end = 0;                                       // offsets of its bytes
};

// Reads JSON objects that stand one behind the other, each of which may hold a long list of
// `items`. Whatever the size of the input, what is kept of it at any time is one head and one item,
// and these are bounded: kMostValues and kMostNesting.
//
//   JsonReader reader(text);
//   while (!reader.AtEnd()) {
//     ASSIGN_OR_RETURN(const JsonDocument document, reader.ReadHead());
//     RETURN_IF_ERROR(reader.ReadItems(document, [](size_t i, const nlohmann::json& item) { ...
//     }));
//   }
//
// The head comes first, although kubectl prints a list's `kind` behind its items.
//
// Failures are InvalidArgument: "line 3, column 7: unexpected ',' ...". An object in which a name
// stands twice is one: readers differ about what that means.
class JsonReader {
 public:
  // Of one head or item: the API server takes no request beyond 3 MiB, and a value with what is
  // around it is hardly shorter than ten bytes.
  static constexpr size_t kMostValues = 300'000;
  static constexpr int kMostNesting = 256;

  // The text is borrowed.
  explicit JsonReader(absl::string_view text) : text_(text) {}

  // Whether only blanks are left.
  bool AtEnd();

  // Reads to the end of the next object, so that its syntax is checked before any item is visited.
  absl::StatusOr<JsonDocument> ReadHead();

  // Requires: the document's items are kList.
  absl::Status ReadItems(const JsonDocument& document,
                         absl::FunctionRef<void(size_t index, const nlohmann::json& item)> visit);

 private:
  absl::string_view text_;
  size_t at_ = 0;
};

}  // namespace nftsvc::kubernetes
