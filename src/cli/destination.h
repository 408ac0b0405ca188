// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "nftsvc/v1/control.pb.h"
#include "src/base/ip_address.h"
#include "src/base/protocol.h"

namespace nftsvc::cli {

// What a client dials, as people write it.
struct Destination {
  base::IpAddress address;
  uint16_t port = 0;
  base::Protocol protocol = base::Protocol::kTcp;
};

// Reads "10.0.0.1:80/tcp" and "[fd00::1]:53/udp". A mistake is InvalidArgument and says which part
// is wrong.
absl::StatusOr<Destination> ParseDestination(absl::string_view text);

void FillDestination(const Destination& destination, v1::ExplainRequest& request);

}  // namespace nftsvc::cli
