// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "nftsvc/v1/control.pb.h"
#include "src/model/issue.h"

// Errors as responses.
namespace nftsvc::control {

void Fail(v1::Error::Code code, absl::string_view message, v1::Response& response);

// A failure of the world: the kernel refused or could not be reached, or we have a bug.
void Fail(const absl::Status& status, v1::Response& response);

// Mistakes of the client. `left_off` more were found than are listed.
void Refuse(const model::Issues& issues, size_t left_off, v1::Response& response);

// Whether the request says something that this version does not know; then refuses it. Looks at the
// request, its operation and a snapshot in it; services are looked at when they are decoded.
bool RefuseUnknownFields(const v1::Request& request, v1::Response& response);

}  // namespace nftsvc::control
