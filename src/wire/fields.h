// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "absl/functional/function_ref.h"
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

// Top-level fields in order. False if the bytes are no message, or a visit says so. Groups, which
// proto3 does not have, are no part of a message here.
bool ForEachField(absl::string_view bytes, absl::FunctionRef<bool(const Field&)> visit);

}  // namespace nftsvc::wire
