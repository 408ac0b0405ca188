// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <google/protobuf/message.h>

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

// Any message in the JSON mapping of protobuf.
namespace nftsvc::wire {

// Replaces `message` by what `text` says; field names as in the .proto file or in lowerCamelCase. A
// mistake is InvalidArgument, without a prefix of its own. One of JSON's grammar comes with line
// and column, any other with the path of the field: "services[0].name: invalid value 7 for type
// TYPE_STRING".
absl::Status ParseJson(absl::string_view text, google::protobuf::Message& message);

// Field names as in the .proto file; fields that have their default are left out. Equal messages
// print alike: maps are sorted.
std::string PrintJson(const google::protobuf::Message& message);

// Likewise, in one line, for streams of messages.
std::string PrintJsonLine(const google::protobuf::Message& message);

}  // namespace nftsvc::wire
