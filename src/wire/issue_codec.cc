// SPDX-License-Identifier: Apache-2.0
#include "src/wire/issue_codec.h"

namespace nftsvc::wire {

v1::Issue EncodeIssue(const model::Issue& issue) {
  v1::Issue message;
  message.set_path(issue.path);
  message.set_message(issue.message);
  message.set_service(issue.service);
  return message;
}

model::Issue DecodeIssue(const v1::Issue& message) {
  return {.path = message.path(), .message = message.message(), .service = message.service()};
}

}  // namespace nftsvc::wire
