// SPDX-License-Identifier: Apache-2.0
#include "src/wire/plain_delta.h"

#include "nftsvc/v1/control.pb.h"
#include "src/wire/fields.h"

namespace nftsvc::wire {
namespace {

bool IsOfChanges(const Field& field) {
  return field.has_body && (field.number == v1::DeltaRequest::kUpsertFieldNumber ||
                            field.number == v1::DeltaRequest::kRemoveFieldNumber ||
                            field.number == v1::DeltaRequest::kSourceFieldNumber);
}

}  // namespace

bool IsPlainDelta(absl::string_view request) {
  if (request.size() > kMostPlainBytes) return false;
  size_t deltas = 0;
  const bool is_plain = ForEachField(request, [&](const Field& field) {
    if (field.number == v1::Request::kIdFieldNumber && !field.has_body) return true;
    if (field.number != v1::Request::kDeltaFieldNumber || !field.has_body) return false;
    ++deltas;
    return ForEachField(field.body, IsOfChanges);
  });
  return is_plain && deltas == 1;
}

}  // namespace nftsvc::wire
