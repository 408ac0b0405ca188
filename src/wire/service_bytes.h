// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "absl/strings/string_view.h"
#include "src/model/draft.h"
#include "src/model/service.h"

// Single services as bytes: serialized v1::Service.
namespace nftsvc::wire {

// Tells bytes apart: XXH3 with 128 bits, so by chance two different ones are never alike. Somebody
// who wants them to be can make it so.
struct Fingerprint {
  uint64_t low = 0;
  uint64_t high = 0;

  friend bool operator==(const Fingerprint&, const Fingerprint&) = default;
};

Fingerprint FingerprintOf(absl::string_view bytes);

// The name that the service will have if its bytes can be decoded and are valid; anything if not.
// Takes a bounded time.
model::ServiceName NameIn(absl::string_view bytes);

// DecodeService of them. Bytes that are no v1::Service become an issue of the draft.
model::ServiceDraft DecodeServiceBytes(absl::string_view bytes);

}  // namespace nftsvc::wire
