// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "nftsvc/v1/snapshot.pb.h"
#include "src/base/protocol.h"
#include "src/model/draft.h"
#include "src/model/service.h"
#include "src/model/snapshot.h"
#include "src/model/validate.h"

// Services as protobuf messages and as the model's values. No rule of a valid service is known
// here: decoding takes everything, the model's Validator judges it.
//
// Law: decoding and validating what was encoded gives the service that was encoded.
namespace nftsvc::wire {

// Fields that this version does not know, wherever they are in the message, become draft.issues.
model::ServiceDraft DecodeService(const v1::Service& message);

// Hands all services of a snapshot to `validator`, as "services[0]" and so on.
void Upsert(const v1::Snapshot& message, model::Validator& validator);

// The numbers of base::Protocol are those in packets, protobuf's are not.
v1::Protocol EncodeProtocol(base::Protocol protocol);

// Leaves fields out that have their default.
v1::Service EncodeService(const model::Service& service);

// Order: by service name.
v1::Snapshot EncodeSnapshot(const model::Snapshot& snapshot);

}  // namespace nftsvc::wire
