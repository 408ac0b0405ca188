// SPDX-License-Identifier: Apache-2.0
#include "src/daemon/undo_file.h"

#include <optional>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "src/base/status_macros.h"
#include "src/daemon/state_record.h"
#include "src/wire/snapshot_codec.h"

namespace nftsvc::daemon {
namespace {

constexpr absl::string_view kUndoMagic = "nftsvcU1";

// Gives each service's record to `take`, which says whether it is one.
absl::StatusOr<v1::UndoHeader> ReadUndo(absl::string_view bytes,
                                        absl::FunctionRef<bool(absl::string_view)> take) {
  if (!absl::ConsumePrefix(&bytes, kUndoMagic)) {
    return absl::DataLossError("not an undo file of this version");
  }
  RecordReader records(bytes);
  v1::UndoHeader header;
  const std::optional<absl::string_view> first = records.Next();
  if (!first || !header.ParseFromArray(first->data(), static_cast<int>(first->size()))) {
    return absl::DataLossError("its header is damaged");
  }
  if (ChecksumOf(bytes.substr(records.offset())) != header.checksum()) {
    return absl::DataLossError("damaged behind its header");
  }
  for (uint64_t i = 0; i < header.changes(); ++i) {
    const std::optional<absl::string_view> payload = records.Next();
    if (!payload || !take(*payload)) {
      return absl::DataLossError(
          absl::StrCat("damaged behind service ", i, " of ", header.changes()));
    }
  }
  if (!records.AtEnd()) return absl::DataLossError("more follows its last service");
  return header;
}

}  // namespace

std::string EncodeUndo(v1::UndoHeader header, const std::vector<model::ServiceChange>& changes) {
  std::string records;
  v1::UndoneService undone;  // one for all: it keeps its room
  std::string record;
  for (const model::ServiceChange& change : changes) {
    undone.Clear();
    undone.set_name(change.name.ToString());
    if (change.before != nullptr) {
      *undone.mutable_before() = wire::EncodeService(*change.before);
      undone.set_source(std::string(change.before->source.view()));
    }
    undone.SerializeToString(&record);
    AppendRecord(record, records);
  }
  header.set_changes(changes.size());
  header.set_checksum(ChecksumOf(records));
  std::string bytes(kUndoMagic);
  AppendRecord(header.SerializeAsString(), bytes);
  return bytes + records;
}

control::Undo UndoOf(const std::vector<model::ServiceChange>& changes) {
  control::Undo undo;
  for (const model::ServiceChange& change : changes) {
    control::Earlier& earlier = undo[change.name.ToString()];
    if (change.before == nullptr) continue;
    earlier.service = wire::EncodeService(*change.before);
    earlier.source = std::string(change.before->source.view());
  }
  return undo;
}

absl::StatusOr<v1::UndoHeader> CheckUndo(absl::string_view bytes) {
  return ReadUndo(bytes, [](absl::string_view) { return true; });
}

absl::StatusOr<DecodedUndo> DecodeUndo(absl::string_view bytes) {
  DecodedUndo undo;
  v1::UndoneService service;
  ASSIGN_OR_RETURN(undo.header, ReadUndo(bytes, [&](absl::string_view payload) {
                     if (!service.ParseFromArray(payload.data(), static_cast<int>(payload.size())))
                       return false;
                     control::Earlier& earlier = undo.services[service.name()];
                     if (!service.has_before()) return true;
                     earlier.service = std::move(*service.mutable_before());
                     earlier.source = std::move(*service.mutable_source());
                     return true;
                   }));
  return undo;
}

}  // namespace nftsvc::daemon
