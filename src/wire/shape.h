// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>

#include "absl/strings/string_view.h"
#include "src/model/issue.h"
#include "src/model/limits.h"

// How much a serialized v1::Service asks for, told before it is decoded: two bytes can be an
// endpoint, which takes some 400 as a message and a draft, so that a push of 256 MiB could take 50
// GB.
namespace nftsvc::wire {

// Fields that a message may have besides the ones that a limit of the model bounds: its own, twice
// in a serialization that was merged, and some that a later version has.
inline constexpr size_t kOthers = 64;

inline constexpr size_t kMostFieldsOfService =
    model::kMaxLabels + model::kMaxClusterIps + model::kMaxExternalIps +
    model::kMaxLoadBalancerIps + model::kMaxSourceRanges + model::kMaxPortsPerService + kOthers;

// Endpoints of all its ports together, as far as the bytes are a message without excess.
size_t EndpointsIn(absl::string_view service);

// Whether EndpointsIn counts all that protobuf would find. It does not in bytes that only protobuf
// takes for a message, nor behind an excess.
bool HasCountableEndpoints(absl::string_view service);

// The issue of bytes that protobuf cannot decode.
inline constexpr char kNoMessage[] = "is not a protobuf Service, or not UTF-8 in a string of it";

// What is no message, or has more fields than anything valid can have, if something is so; its path
// is within the service. Decoding what is not takes a bounded multiple of the bytes.
std::optional<model::Issue> FindExcess(absl::string_view service);

}  // namespace nftsvc::wire
