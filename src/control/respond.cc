// SPDX-License-Identifier: Apache-2.0
#include "src/control/respond.h"

#include <iterator>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "src/wire/issue_codec.h"
#include "src/wire/unknown_fields.h"

namespace nftsvc::control {
namespace {

void Append(model::Issues& issues, const google::protobuf::Message& message,
            absl::string_view path) {
  model::Issues more = wire::UnknownFields(message, path);
  issues.insert(issues.end(), std::make_move_iterator(more.begin()),
                std::make_move_iterator(more.end()));
}

// The message of the operation, whichever it is; null if there is none.
const google::protobuf::FieldDescriptor* OperationField(const v1::Request& request) {
  return request.GetReflection()->GetOneofFieldDescriptor(
      request, v1::Request::descriptor()->FindOneofByName("operation"));
}

}  // namespace

void Fail(v1::Error::Code code, absl::string_view message, v1::Response& response) {
  response.mutable_error()->set_code(code);
  response.mutable_error()->set_message(std::string(message));
}

void Fail(const absl::Status& status, v1::Response& response) {
  const bool is_bug = absl::IsInternal(status) || absl::IsInvalidArgument(status);
  Fail(is_bug ? v1::Error::INTERNAL : v1::Error::UNAVAILABLE, status.message(), response);
}

void Refuse(const model::Issues& issues, size_t left_off, v1::Response& response) {
  const size_t count = issues.size() + left_off;
  Fail(v1::Error::INVALID, absl::StrCat(count, count == 1 ? " mistake" : " mistakes"), response);
  for (const model::Issue& issue : issues) {
    *response.mutable_error()->add_issues() = wire::EncodeIssue(issue);
  }
  response.mutable_error()->set_issues_left_off(static_cast<uint32_t>(left_off));
}

bool RefuseUnknownFields(const v1::Request& request, v1::Response& response) {
  model::Issues issues = wire::UnknownFields(request, "request");
  if (const auto* field = OperationField(request)) {
    Append(issues, request.GetReflection()->GetMessage(request, field), field->name());
  }
  if (request.has_push()) Append(issues, request.push().snapshot(), "snapshot");
  if (issues.empty()) return false;
  Refuse(issues, 0, response);
  return true;
}

}  // namespace nftsvc::control
