// SPDX-License-Identifier: Apache-2.0
//
// Exports FingerprintOf, NameIn, DecodeServiceBytes.
#include "src/wire/service_bytes.h"

#include <google/protobuf/arena.h>

#include <array>
#include <cstddef>
#include <optional>
#include <utility>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "nftsvc/v1/snapshot.pb.h"
#include "src/wire/fields.h"
#include "src/wire/shape.h"
#include "src/wire/snapshot_codec.h"

namespace nftsvc::wire {
namespace {

constexpr size_t kArenaBytes = size_t{16} << 10;

// Whatever so few bytes ask for when they are decoded does no harm, and the model refuses it. But
// EndpointsIn must have been able to count.
constexpr size_t kHarmlessBytes = size_t{4} << 10;

std::optional<model::Issue> FindHarm(absl::string_view bytes) {
  if (bytes.size() <= kHarmlessBytes && HasCountableEndpoints(bytes)) return std::nullopt;
  return FindExcess(bytes);
}

}  // namespace

Fingerprint FingerprintOf(absl::string_view bytes) {
  const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  return {.low = hash.low64, .high = hash.high64};
}

model::ServiceName NameIn(absl::string_view bytes) {
  model::ServiceName name;
  size_t fields = 0;
  ForEachField(bytes, [&](const Field& field) {
    if (++fields > kMostFieldsOfService) return false;
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
  model::ServiceDraft draft;
  if (std::optional<model::Issue> excess = FindHarm(bytes)) {
    const model::ServiceName name = NameIn(bytes);
    draft.name_space = name.name_space;
    draft.name = name.name;
    draft.issues.push_back(*std::move(excess));
    return draft;
  }
  // Most services fit into the block, and then nothing of the message is allocated or freed.
  alignas(std::max_align_t) std::array<char, kArenaBytes> block;
  google::protobuf::Arena arena(block.data(), block.size());
  auto* const message = google::protobuf::Arena::CreateMessage<v1::Service>(&arena);
  if (message->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return DecodeService(*message);
  }
  draft.issues.push_back({.path = "", .message = kNoMessage, .service = ""});
  return draft;
}

}  // namespace nftsvc::wire
