// SPDX-License-Identifier: Apache-2.0
#include "src/daemon/history_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "src/base/status_macros.h"
#include "src/control/system_error.h"
#include "src/daemon/state_record.h"
#include "src/daemon/undo_file.h"
#include "src/reconcile/report_text.h"

namespace nftsvc::daemon {
namespace {

using Kind = StateDirectory::Kind;

constexpr absl::string_view kPendingMagic = "nftsvcC1";

// `from` is a file to be written over: that costs half of removing it and making another. Empty:
// none.
absl::Status WriteFile(const std::string& path, absl::string_view bytes, bool sync,
                       const std::string& from = "") {
  const bool is_there = !from.empty() && rename(from.c_str(), path.c_str()) == 0;
  const int emptied = is_there ? 0 : O_TRUNC;
  const control::UniqueFd fd(open(path.c_str(), O_WRONLY | O_CREAT | emptied | O_CLOEXEC, 0600));
  if (!fd.is_open()) return control::SystemError(errno, absl::StrCat("make ", path));
  RETURN_IF_ERROR(WriteAt(fd, bytes, 0, path));
  if (is_there && ftruncate(fd.get(), static_cast<off_t>(bytes.size())) != 0) {
    return control::SystemError(errno, absl::StrCat("cut ", path));
  }
  if (sync && fsync(fd.get()) != 0) return control::SystemError(errno, absl::StrCat("sync ", path));
  return absl::OkStatus();
}

absl::Status RemoveFile(const std::string& path) {
  if (unlink(path.c_str()) == 0 || errno == ENOENT) return absl::OkStatus();
  return control::SystemError(errno, absl::StrCat("remove ", path));
}

}  // namespace

HistoryFile::HistoryFile(StateFile& state, size_t keep, Clock now, base::Log log)
    : state_(state), keep_(keep), now_(std::move(now)), log_(std::move(log)) {}

std::string HistoryFile::PathOfPending() const {
  return absl::StrCat(state_.directory().path(), "/unconfirmed");
}

absl::Status HistoryFile::Load(uint64_t revision) {
  revision_ = revision;
  entries_.clear();
  pending_.reset();
  const StateDirectory& directory = state_.directory();
  ASSIGN_OR_RETURN(const std::vector<uint64_t> numbers, directory.Numbers(Kind::kUndo));
  RETURN_IF_ERROR(LoadPending());
  uint64_t expected = revision;
  for (auto number = numbers.rbegin(); number != numbers.rend(); ++number) {
    const bool is_needed = entries_.size() <= keep_ || (pending_ && expected >= pending_->revision);
    if (*number == expected && is_needed) {
      const auto bytes = directory.Read(Kind::kUndo, expected);
      if (!bytes.ok() && !absl::IsDataLoss(bytes.status())) return bytes.status();
      auto header = bytes.ok() ? CheckUndo(*bytes) : bytes.status();
      if (header.ok() && header->revision() == expected) {
        entries_.push_back({.header = *std::move(header), .unwritten = {}});
        --expected;
        continue;
      }
      log_(base::Severity::kWarning,
           absl::StrCat("read ", directory.PathOf(Kind::kUndo, expected), ": ",
                        header.ok() ? "of another revision" : header.status().message(),
                        "; the history begins with revision ", expected));
    }
    // Of a push that the state does not know, or behind a gap.
    (void)RemoveFile(directory.PathOf(Kind::kUndo, *number));
  }
  const bool is_settled = std::any_of(entries_.begin(), entries_.end(), [&](const Entry& entry) {
    return pending_ && entry.header.revision() > pending_->revision && entry.header.settles();
  });
  if (!is_settled) return absl::OkStatus();
  pending_.reset();
  (void)RemoveFile(PathOfPending());
  return absl::OkStatus();
}

absl::Status HistoryFile::LoadPending() {
  const absl::StatusOr<std::string> bytes = state_.directory().ReadPath(PathOfPending());
  if (absl::IsNotFound(bytes.status())) return absl::OkStatus();
  if (!bytes.ok() && !absl::IsDataLoss(bytes.status())) return bytes.status();
  absl::string_view rest = bytes.ok() ? absl::string_view(*bytes) : absl::string_view();
  v1::Unconfirmed message;
  const auto payload =
      absl::ConsumePrefix(&rest, kPendingMagic) ? RecordReader(rest).Next() : std::nullopt;
  const bool is_whole =
      payload && message.ParseFromArray(payload->data(), static_cast<int>(payload->size())) &&
      message.within_ms() <=
          static_cast<uint64_t>(absl::ToInt64Milliseconds(control::kLongestConfirmation));
  if (!is_whole) {
    log_(base::Severity::kWarning,
         absl::StrCat("read ", PathOfPending(), ": damaged; no push waits to be confirmed"));
  }
  if (!is_whole || message.revision() > revision_) {
    (void)RemoveFile(PathOfPending());
    return absl::OkStatus();
  }
  pending_ =
      control::Pending{.revision = message.revision(),
                       .base_revision = message.base_revision(),
                       .until = absl::FromUnixMicros(static_cast<int64_t>(message.until_us())),
                       .within = absl::Milliseconds(static_cast<int64_t>(message.within_ms()))};
  return absl::OkStatus();
}

absl::Status HistoryFile::Save(uint64_t revision, const std::vector<model::ServiceChange>& changes,
                               const model::Snapshot& snapshot) {
  if (!changes.empty()) Add(revision, changes, snapshot);
  absl::Status written = WriteUnwritten();
  if (!written.ok()) {
    // The snapshot that was begun may have taken the last room of the disk, and what undoes a push
    // comes first.
    state_.Abandon();
    written = WriteUnwritten();
  }
  const absl::Status saved = state_.Save(revision, changes, snapshot);
  return saved.ok() ? written : saved;
}

void HistoryFile::Add(uint64_t revision, const std::vector<model::ServiceChange>& changes,
                      const model::Snapshot& snapshot) {
  const absl::Time now = now_();
  control::Author author = author_.value_or(control::Author{
      .action = "daemon", .peer = {.pid = getpid(), .uid = geteuid(), .gid = getegid()}});
  Entry entry;
  entry.header.set_revision(revision);
  entry.header.set_base_revision(revision_);
  entry.header.set_time_us(static_cast<uint64_t>(std::max<int64_t>(0, absl::ToUnixMicros(now))));
  entry.header.set_action(std::move(author.action));
  entry.header.set_pid(static_cast<uint32_t>(author.peer.pid));
  entry.header.set_uid(author.peer.uid);
  entry.header.set_services(static_cast<uint32_t>(snapshot.services().size()));
  entry.header.set_settles(author.settles);
  reconcile::PushReport counts;
  reconcile::CountServices(changes, counts);
  entry.header.set_added(static_cast<uint32_t>(counts.added));
  entry.header.set_changed(static_cast<uint32_t>(counts.changed));
  entry.header.set_removed(static_cast<uint32_t>(counts.removed));
  if (author.confirm_within > absl::ZeroDuration()) {
    pending_ = control::Pending{.revision = revision,
                                .base_revision = revision_,
                                .until = now + author.confirm_within,
                                .within = author.confirm_within};
    pending_is_written_ = false;
  }
  entry.unwritten = changes;
  entries_.push_front(std::move(entry));
  revision_ = revision;
}

absl::Status HistoryFile::WriteUnwritten() {
  const StateDirectory& directory = state_.directory();
  std::vector<std::string> old = TakeOld();
  const absl::Cleanup remove_old = [&old] {
    for (const std::string& path : old) (void)RemoveFile(path);
  };
  bool names_are_new = false;  // of files that a power loss may not take
  for (auto entry = entries_.rbegin(); entry != entries_.rend(); ++entry) {
    if (entry->unwritten.empty()) continue;
    const uint64_t revision = entry->header.revision();
    const bool outlives = pending_ && revision >= pending_->revision;
    names_are_new = names_are_new || outlives;
    std::string from;
    if (!old.empty()) {
      from = std::move(old.back());
      old.pop_back();
    }
    RETURN_IF_ERROR(WriteFile(directory.PathOf(Kind::kUndo, revision),
                              EncodeUndo(entry->header, entry->unwritten), outlives, from));
    // clear() would keep the room, for as long as the entry is kept.
    std::exchange(entry->unwritten, {});
  }
  if (pending_is_written_) return names_are_new ? directory.Sync() : absl::OkStatus();
  v1::Unconfirmed message;
  message.set_revision(pending_->revision);
  message.set_base_revision(pending_->base_revision);
  message.set_until_us(static_cast<uint64_t>(absl::ToUnixMicros(pending_->until)));
  message.set_within_ms(static_cast<uint64_t>(absl::ToInt64Milliseconds(pending_->within)));
  std::string bytes(kPendingMagic);
  AppendRecord(message.SerializeAsString(), bytes);
  RETURN_IF_ERROR(WriteFile(PathOfPending(), bytes, /*sync=*/true));
  RETURN_IF_ERROR(directory.Sync());
  pending_is_written_ = true;
  return absl::OkStatus();
}

// The present snapshot has an entry too, and a push that waits for its confirmation keeps its own.
std::vector<std::string> HistoryFile::TakeOld() {
  std::vector<std::string> paths;
  while (entries_.size() > keep_ + 1 &&
         (!pending_ || entries_.back().header.revision() < pending_->revision)) {
    paths.push_back(state_.directory().PathOf(Kind::kUndo, entries_.back().header.revision()));
    entries_.pop_back();
  }
  return paths;
}

std::vector<v1::HistoryEntry> HistoryFile::Entries() const {
  std::vector<v1::HistoryEntry> entries;
  entries.reserve(entries_.size());
  for (const auto& [header, unwritten] : entries_) {
    v1::HistoryEntry& entry = entries.emplace_back();
    entry.set_revision(header.revision());
    entry.set_time(
        reconcile::TimeText(absl::FromUnixMicros(static_cast<int64_t>(header.time_us()))));
    entry.set_action(header.action());
    entry.set_pid(header.pid());
    entry.set_uid(header.uid());
    entry.set_services_added(header.added());
    entry.set_services_changed(header.changed());
    entry.set_services_removed(header.removed());
    entry.set_services(header.services());
  }
  return entries;
}

absl::StatusOr<control::Undo> HistoryFile::UndoTo(uint64_t revision) const {
  control::Undo undo;
  uint64_t reached = revision_;
  // What an older push found is what there was before the later ones, too.
  for (auto entry = entries_.begin(); entry != entries_.end() && reached > revision; ++entry) {
    ASSIGN_OR_RETURN(control::Undo more, ReadUndo(*entry));
    for (auto& [name, before] : more) undo[name] = std::move(before);
    reached = entry->header.base_revision();
  }
  if (reached == revision) return undo;
  return absl::NotFoundError(absl::StrCat("revision ", revision, " is not kept"));
}

absl::StatusOr<control::Undo> HistoryFile::ReadUndo(const Entry& entry) const {
  if (!entry.unwritten.empty()) return UndoOf(entry.unwritten);
  const uint64_t revision = entry.header.revision();
  ASSIGN_OR_RETURN(const std::string bytes, state_.directory().Read(Kind::kUndo, revision));
  absl::StatusOr<DecodedUndo> undo = DecodeUndo(bytes);
  if (undo.ok() && undo->header.revision() == revision) return std::move(undo->services);
  return absl::DataLossError(
      absl::StrCat("read ", state_.directory().PathOf(Kind::kUndo, revision), ": ",
                   undo.ok() ? "of another revision" : undo.status().message()));
}

absl::Status HistoryFile::Settle() {
  if (!pending_) return absl::OkStatus();
  // What came of it must not be lost behind the note that it waits.
  RETURN_IF_ERROR(state_.Sync());
  RETURN_IF_ERROR(RemoveFile(PathOfPending()));
  RETURN_IF_ERROR(state_.directory().Sync());
  pending_.reset();
  pending_is_written_ = true;
  return absl::OkStatus();
}

}  // namespace nftsvc::daemon
