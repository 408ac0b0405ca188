// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <google/protobuf/message.h>

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

// Any message as textproto.
namespace nftsvc::wire {

// Replaces `message` by what `text` says. A mistake is InvalidArgument, without a prefix of its own
// so that the caller can say what was read: "line 3, column 7: Expected identifier, got: }".
absl::Status ParseTextproto(absl::string_view text, google::protobuf::Message& message);

// Equal messages print alike: maps are sorted.
std::string PrintTextproto(const google::protobuf::Message& message);

}  // namespace nftsvc::wire
