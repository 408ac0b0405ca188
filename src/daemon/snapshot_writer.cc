// SPDX-License-Identifier: Apache-2.0
#include "src/daemon/snapshot_writer.h"

#include <string>

#include "nftsvc/v1/state.pb.h"
#include "src/base/status_macros.h"
#include "src/daemon/source_runs.h"
#include "src/daemon/state_load.h"
#include "src/daemon/state_record.h"
#include "src/wire/snapshot_codec.h"

namespace nftsvc::daemon {
namespace {

constexpr size_t kWriteBytes = size_t{256} << 10;

std::string Beginning(uint64_t revision, const model::Snapshot& snapshot) {
  v1::StateHeader header;
  header.set_revision(revision);
  header.set_services(snapshot.services().size());
  for (const auto& [name, service] : snapshot.services()) AddToRuns(service->source, header);
  DropDefaultRuns(header);
  std::string bytes(kSnapshotMagic);
  AppendRecord(header.SerializeAsString(), bytes);
  return bytes;
}

}  // namespace

// Where there can be no more threads, Install writes it (std::async(3) defers it then).
SnapshotWriter::SnapshotWriter(const StateDirectory& directory, uint64_t number, uint64_t revision,
                               const model::Snapshot& snapshot)
    : number_(number),
      revision_(revision),
      file_(directory, number),
      written_(std::async(std::launch::async | std::launch::deferred,
                          [this, &snapshot] { return Write(snapshot); })) {}

SnapshotWriter::~SnapshotWriter() {
  if (!written_.valid()) return;  // it was installed
  stop_ = true;
  written_.wait();
}

absl::StatusOr<size_t> SnapshotWriter::Write(const model::Snapshot& snapshot) {
  RETURN_IF_ERROR(file_.Open());
  std::string bytes = Beginning(revision_, snapshot);
  size_t size = 0;
  for (const auto& [name, service] : snapshot.services()) {
    if (stop_) return absl::CancelledError("nobody wants it any more");
    AppendRecord(wire::EncodeService(*service).SerializeAsString(), bytes);
    if (bytes.size() < kWriteBytes) continue;
    RETURN_IF_ERROR(file_.Write(bytes));
    size += bytes.size();
    bytes.clear();
  }
  RETURN_IF_ERROR(file_.Write(bytes));
  if (stop_) return absl::CancelledError("nobody wants it any more");
  RETURN_IF_ERROR(file_.Sync());
  return size + bytes.size();
}

absl::StatusOr<size_t> SnapshotWriter::Install() {
  ASSIGN_OR_RETURN(const size_t size, written_.get());
  RETURN_IF_ERROR(file_.Install());
  return size;
}

}  // namespace nftsvc::daemon
