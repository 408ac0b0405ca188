// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <google/protobuf/message.h>

#include "absl/strings/string_view.h"
#include "src/model/issue.h"

namespace nftsvc::wire {

// One issue for each field that `message` itself holds and this version does not know ("field 77 is
// unknown to this version"), at `path`. Does not look into the messages within it: DecodeService
// does that for services, and few other messages have any.
model::Issues UnknownFields(const google::protobuf::Message& message, absl::string_view path);

}  // namespace nftsvc::wire
