// SPDX-License-Identifier: Apache-2.0
#include "src/daemon/undo_file.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "src/daemon/state_record.h"
#include "src/wire/snapshot_codec.h"

namespace nftsvc::daemon {
namespace {

constexpr absl::string_view kUndoMagic = "nftsvcU1";

template <typename Message>
bool ParseRecord(RecordReader& records, Message& message) {
  const std::optional<absl::string_view> payload = records.Next();
  return payload && message.ParseFromArray(payload->data(), static_cast<int>(payload->size()));
}

}  // namespace

std::string EncodeUndo(v1::UndoHeader header, const std::vector<model::ServiceChange>& changes) {
  header.set_changes(changes.size());
  std::string bytes(kUndoMagic);
  AppendRecord(header.SerializeAsString(), bytes);
  for (const model::ServiceChange& change : changes) {
    v1::UndoneService undone;
    undone.set_name(change.name.ToString());
    if (change.before != nullptr) {
      *undone.mutable_before() = wire::EncodeService(*change.before);
      undone.set_source(std::string(change.before->source.view()));
    }
    AppendRecord(undone.SerializeAsString(), bytes);
  }
  return bytes;
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

absl::StatusOr<DecodedUndo> DecodeUndo(absl::string_view bytes) {
  if (!absl::ConsumePrefix(&bytes, kUndoMagic)) {
    return absl::DataLossError("not an undo file of this version");
  }
  RecordReader records(bytes);
  DecodedUndo undo;
  if (!ParseRecord(records, undo.header)) return absl::DataLossError("its header is damaged");
  v1::UndoneService service;
  for (uint64_t i = 0; i < undo.header.changes(); ++i) {
    if (!ParseRecord(records, service)) {
      return absl::DataLossError(
          absl::StrCat("damaged behind service ", i, " of ", undo.header.changes()));
    }
    control::Earlier& earlier = undo.services[service.name()];
    if (!service.has_before()) continue;
    earlier.service = std::move(*service.mutable_before());
    earlier.source = std::move(*service.mutable_source());
  }
  if (!records.AtEnd()) return absl::DataLossError("more follows its last service");
  return undo;
}

}  // namespace nftsvc::daemon
