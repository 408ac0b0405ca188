// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "nftsvc/v1/state.pb.h"
#include "src/control/history.h"
#include "src/model/snapshot.h"

// What undoes one push, as the bytes of a file: magic "nftsvcU1", a record with an UndoHeader, a
// record with an UndoneService for each service that the push changed (state_record.h,
// state.proto).
namespace nftsvc::daemon {

// Sets the header's number of changes and checksum.
std::string EncodeUndo(v1::UndoHeader header, const std::vector<model::ServiceChange>& changes);

// What makes the snapshot after the changes the one before, as EncodeUndo keeps it.
control::Undo UndoOf(const std::vector<model::ServiceChange>& changes);

struct DecodedUndo {
  v1::UndoHeader header;
  control::Undo services;
};

// kDataLoss: these are not whole.
absl::StatusOr<DecodedUndo> DecodeUndo(absl::string_view bytes);

// Likewise by their checksums, without decoding what the changes are: that takes most of the time.
absl::StatusOr<v1::UndoHeader> CheckUndo(absl::string_view bytes);

}  // namespace nftsvc::daemon
