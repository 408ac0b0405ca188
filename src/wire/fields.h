// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"

// Messages as bytes, without decoding them
// (https://protobuf.dev/programming-guides/encoding/).
namespace nftsvc::wire {

struct Field {
  int number;
  bool has_body;           // a message or a string, among others
  absl::string_view body;  // of the message
  absl::string_view whole;
};

// Top-level fields in order. Groups, which proto3 does not have, are no part of a message here, and
// neither are tags beyond 32 bits, of which protobuf's parser takes what it has room for.
class FieldReader {
 public:
  explicit FieldReader(absl::string_view bytes) : rest_(bytes) {}

  bool is_done() const { return rest_.empty(); }

  // Requires that it is not done. Nothing if what comes is no field.
  std::optional<Field> Next();

 private:
  std::optional<uint64_t> ReadVarint();
  bool Skip(uint64_t bytes);

  absl::string_view rest_;
};

// False if the bytes are no message, or a visit says so.
template <typename Visit>
bool ForEachField(absl::string_view bytes, Visit&& visit) {
  for (FieldReader reader(bytes); !reader.is_done();) {
    const std::optional<Field> field = reader.Next();
    if (!field.has_value() || !visit(*field)) return false;
  }
  return true;
}

}  // namespace nftsvc::wire
