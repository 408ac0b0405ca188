// SPDX-License-Identifier: Apache-2.0
//
// Exports FingerprintOf, NameIn, DecodeServiceBytes.
#include "src/wire/service_bytes.h"

#include <google/protobuf/stubs/logging.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "nftsvc/v1/snapshot.pb.h"
#include "src/wire/fields.h"
#include "src/wire/snapshot_codec.h"

namespace nftsvc::wire {

Fingerprint FingerprintOf(absl::string_view bytes) {
  const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  return {.low = hash.low64, .high = hash.high64};
}

model::ServiceName NameIn(absl::string_view bytes) {
  model::ServiceName name;
  ForEachField(bytes, [&](const Field& field) {
    if (!field.has_body) return true;
    // The last one of a field counts, as for protobuf's own parser.
    if (field.number == v1::Service::kNamespaceFieldNumber)
      name.name_space = std::string(field.body);
    if (field.number == v1::Service::kNameFieldNumber) name.name = std::string(field.body);
    return true;
  });
  return name;
}

model::ServiceDraft DecodeServiceBytes(absl::string_view bytes) {
  google::protobuf::LogSilencer silence;
  v1::Service message;
  if (message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return DecodeService(message);
  }
  model::ServiceDraft draft;
  draft.issues.push_back({.path = "",
                          .message = "is not a protobuf Service, or not UTF-8 in a string of it",
                          .service = ""});
  return draft;
}

}  // namespace nftsvc::wire
