// SPDX-License-Identifier: Apache-2.0
#include "src/daemon/state_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "nftsvc/v1/state.pb.h"
#include "src/base/status_macros.h"
#include "src/control/system_error.h"
#include "src/daemon/source_runs.h"
#include "src/daemon/state_load.h"
#include "src/daemon/state_record.h"
#include "src/wire/snapshot_codec.h"

namespace nftsvc::daemon {
namespace {

using Kind = StateDirectory::Kind;

// A journal is not worth folding below this size, whatever its snapshot's.
constexpr size_t kSmallJournal = size_t{1} << 20;

// Changes that cannot be written are kept in mind up to this many bytes; then a snapshot is due.
constexpr size_t kMaxUnwritten = size_t{4} << 20;

// A push that changes fewer services than this goes into the journal, and so does one that changes
// less than a quarter of them all. Others are cheaper written once, as a snapshot.
constexpr size_t kFewChanges = 1'000;

bool AreMany(const std::vector<model::ServiceChange>& changes, const model::Snapshot& snapshot) {
  return changes.size() > std::max(kFewChanges, snapshot.services().size() / 4);
}

void AppendChange(uint64_t base_revision, uint64_t revision,
                  const std::vector<model::ServiceChange>& changes, std::string& records) {
  v1::StateChange message;
  message.set_base_revision(base_revision);
  message.set_revision(revision);
  for (const model::ServiceChange& change : changes) {
    if (change.after != nullptr) {
      *message.add_upsert() = wire::EncodeService(*change.after);
      AddToRuns(change.after->source, message);
    } else {
      message.add_remove(change.name.ToString());
    }
  }
  DropDefaultRuns(message);
  AppendRecord(message.SerializeAsString(), records);
}

}  // namespace

absl::StatusOr<std::unique_ptr<StateFile>> StateFile::Open(const std::string& directory,
                                                           base::Log log) {
  ASSIGN_OR_RETURN(StateDirectory opened, StateDirectory::Open(directory));
  return std::unique_ptr<StateFile>(new StateFile(std::move(opened), std::move(log)));
}

absl::StatusOr<StateFile::Accepted> StateFile::Load() {
  ASSIGN_OR_RETURN(const LoadedState state, LoadState(directory_, log_));
  revision_ = state.revision;
  number_ = state.number;
  highest_number_ = state.highest_number;
  snapshot_is_due_ = !state.is_appendable;
  journal_bytes_ = state.journal_bytes;
  snapshot_at_ = std::max(kSmallJournal, state.snapshot_bytes);
  Accepted accepted{.revision = state.revision, .services = {}};
  accepted.services.reserve(state.snapshot.services().size());
  for (const auto& [name, service] : state.snapshot.services()) {
    accepted.services.push_back({.name = name, .before = nullptr, .after = service});
  }
  return accepted;
}

absl::Status StateFile::Save(uint64_t revision, const std::vector<model::ServiceChange>& changes,
                             const model::Snapshot& snapshot) {
  written_ = Write(revision, changes, snapshot);
  return written_;
}

absl::Status StateFile::Write(uint64_t revision, const std::vector<model::ServiceChange>& changes,
                              const model::Snapshot& snapshot) {
  if (AreMany(changes, snapshot)) snapshot_is_due_ = true;
  if (!snapshot_is_due_ && !changes.empty()) {
    AppendChange(revision_, revision, changes, unwritten_);
    if (unwritten_.size() > kMaxUnwritten) snapshot_is_due_ = true;
  }
  revision_ = revision;
  if (snapshot_is_due_) return WriteSnapshot(revision, snapshot);
  RETURN_IF_ERROR(AppendToJournal());
  if (journal_bytes_ < snapshot_at_) return absl::OkStatus();
  if (const absl::Status status = WriteSnapshot(revision, snapshot); !status.ok()) {
    log_(base::Severity::kWarning,
         absl::StrCat(status.message(), "; the journal keeps the state, and grows"));
    snapshot_at_ = 2 * journal_bytes_;
  }
  return absl::OkStatus();
}

absl::Status StateFile::AppendToJournal() {
  if (!journal_.is_open()) {
    journal_is_new_ = journal_bytes_ == 0;
    ASSIGN_OR_RETURN(journal_, directory_.OpenJournal(number_, journal_bytes_));
  }
  std::string bytes = std::move(unwritten_);
  unwritten_.clear();
  if (journal_bytes_ == 0) bytes.insert(0, kJournalMagic.data(), kJournalMagic.size());
  const absl::Status status =
      WriteAt(journal_, bytes, journal_bytes_, directory_.PathOf(Kind::kJournal, number_));
  if (status.ok()) {
    journal_bytes_ += bytes.size();
    unsynced_ = true;
  } else {
    // The next attempt writes over what has been written in part: it is at least as long.
    unwritten_ = bytes.substr(journal_bytes_ == 0 ? kJournalMagic.size() : 0);
  }
  return status;
}

void StateFile::Begin(uint64_t revision, const std::vector<model::ServiceChange>& changes,
                      const model::Snapshot& snapshot) {
  Abandon();
  if (!AreMany(changes, snapshot)) return;
  writer_ = std::make_unique<SnapshotWriter>(directory_, highest_number_ + 1, revision, snapshot);
}

absl::Status StateFile::WriteSnapshot(uint64_t revision, const model::Snapshot& snapshot) {
  if (writer_ == nullptr || writer_->revision() != revision) {
    Abandon();  // one file at a time
    writer_ = std::make_unique<SnapshotWriter>(directory_, highest_number_ + 1, revision, snapshot);
  }
  const uint64_t number = writer_->number();
  const absl::StatusOr<size_t> size = writer_->Install();
  writer_.reset();
  if (!size.ok()) return size.status();

  directory_.RemoveOthers(number, number_);
  number_ = highest_number_ = number;
  snapshot_is_due_ = false;
  snapshot_at_ = std::max(kSmallJournal, *size);
  journal_ = control::UniqueFd();
  journal_bytes_ = 0;
  unwritten_.clear();
  unsynced_ = false;
  return absl::OkStatus();
}

absl::Status StateFile::BeginSync() {
  if (sync_.is_running()) return absl::OkStatus();
  RETURN_IF_ERROR(EndSync());
  if (!unsynced_) return absl::OkStatus();
  // The journal may be another one before this has ended.
  const int fd = fcntl(journal_.get(), F_DUPFD_CLOEXEC, 0);
  if (fd < 0) return control::SystemError(errno, "sync the journal");
  unsynced_ = false;
  sync_.Begin([this, journal = std::make_shared<const control::UniqueFd>(fd),
               path = directory_.PathOf(Kind::kJournal, number_),
               is_new = std::exchange(journal_is_new_, false)]() -> absl::Status {
    if (fdatasync(journal->get()) != 0) {
      return control::SystemError(errno, absl::StrCat("sync ", path));
    }
    return is_new ? directory_.Sync() : absl::OkStatus();
  });
  return absl::OkStatus();
}

absl::Status StateFile::EndSync() {
  absl::Status synced = sync_.Take();
  // What the kernel could not write it may have dropped, and says so once (fsync(2)).
  if (!synced.ok()) {
    snapshot_is_due_ = true;
    written_ = synced;
  }
  return synced;
}

absl::Status StateFile::Sync() {
  EndSync().IgnoreError();  // what it finds is kept in mind
  RETURN_IF_ERROR(BeginSync());
  EndSync().IgnoreError();
  return written_;
}

}  // namespace nftsvc::daemon
