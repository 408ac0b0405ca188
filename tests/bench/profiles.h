// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "nftsvc/v1/snapshot.pb.h"

namespace nftsvc::bench {

// A snapshot to be measured, by its name:
//   "10000x5"    services and endpoints of each; "10000" is the same
//   "mix-10000"  services as on a real cluster: both families, few with many endpoints and many
//   with
//                few (Zipf), a node port on every 20th, session affinity on another 20th
struct Profile {
  std::string name;
  v1::Snapshot snapshot;
};

absl::StatusOr<Profile> MakeProfile(absl::string_view name);

}  // namespace nftsvc::bench
