// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "nftsvc/v1/control.pb.h"
#include "src/model/issue.h"

namespace nftsvc::wire {

v1::Issue EncodeIssue(const model::Issue& issue);
model::Issue DecodeIssue(const v1::Issue& message);

}  // namespace nftsvc::wire
