// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "nftsvc/v1/control.pb.h"

namespace nftsvc::wire {

// A request whose services are still bytes. As messages they take six times as much memory as on
// the wire; a push of 100,000 services would need 250 MB of them at once, where one is enough.
//
//   ASSIGN_OR_RETURN(const wire::SplitRequest split, wire::SplitServices(bytes));
//   for (absl::string_view service : split.services) {
//     validator.Upsert(wire::DecodeServiceBytes(service), ...);
//   }
struct SplitRequest {
  v1::Request request;  // without the services of push.snapshot and without delta.upsert

  // Those services, in order, each as a serialized v1::Service. Points into the bytes that were
  // split. At most one more than model::kMaxServices: what is beyond is refused for it anyway.
  std::vector<absl::string_view> services;
};

// InvalidArgument where protobuf's own parser fails for the outer messages, for groups, which
// proto3 has not, and for more than any request needs: four times the services that are allowed, or
// fields besides them that are larger than 4 MiB or more than 201,000. Law: parsing the whole gives
// the same as parsing each service and adding it to where it came from.
absl::StatusOr<SplitRequest> SplitServices(absl::string_view bytes);

}  // namespace nftsvc::wire
