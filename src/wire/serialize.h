// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <google/protobuf/message_lite.h>

#include <string>

namespace nftsvc::wire {

// The wire format. Equal messages give equal bytes: protobuf's own SerializeToString has no order
// of map entries.
std::string Serialize(const google::protobuf::MessageLite& message);

}  // namespace nftsvc::wire
