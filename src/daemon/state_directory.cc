// SPDX-License-Identifier: Apache-2.0
#include "src/daemon/state_directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "src/base/status_macros.h"
#include "src/control/system_error.h"

namespace nftsvc::daemon {
namespace {

using control::SystemError;
using control::UniqueFd;

absl::string_view Prefix(StateDirectory::Kind kind) {
  switch (kind) {
    case StateDirectory::Kind::kSnapshot:
      return "snapshot-";
    case StateDirectory::Kind::kJournal:
      return "journal-";
    case StateDirectory::Kind::kUndo:
      return "undo-";
  }
  return "";
}

absl::Status Failure(absl::string_view verb, absl::string_view path) {
  return SystemError(errno, absl::StrCat(verb, " ", path));
}

// kDataLoss: the disk or the file system is damaged.
absl::Status ReadFailure(absl::string_view path) {
  const bool is_damage = errno == EIO || errno == EUCLEAN || errno == EBADMSG;
  const absl::Status failure = Failure("read", path);
  return is_damage ? absl::DataLossError(failure.message()) : failure;
}

}  // namespace

absl::StatusOr<StateDirectory> StateDirectory::Open(const std::string& path) {
  if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return Failure("make directory", path);
  UniqueFd fd(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.is_open()) return Failure("open directory", path);
  if (flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return Failure("lock", path);
    return absl::FailedPreconditionError(absl::StrCat("lock ", path, ": another nftsvcd has it"));
  }
  return StateDirectory(path, std::move(fd));
}

std::string StateDirectory::PathOf(Kind kind, uint64_t number) const {
  return absl::StrCat(path_, "/", Prefix(kind), number);
}

absl::StatusOr<std::vector<uint64_t>> StateDirectory::Numbers(Kind kind) const {
  std::vector<uint64_t> numbers;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(path_, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().filename();
    absl::string_view digits = name;
    uint64_t number = 0;
    if (absl::ConsumePrefix(&digits, Prefix(kind)) && absl::SimpleAtoi(digits, &number) &&
        absl::StrCat(number) == digits) {
      numbers.push_back(number);
    }
  }
  if (error) return SystemError(error.value(), absl::StrCat("read directory ", path_));
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

absl::StatusOr<std::string> StateDirectory::Read(Kind kind, uint64_t number) const {
  return ReadPath(PathOf(kind, number));
}

absl::StatusOr<std::string> StateDirectory::ReadPath(const std::string& path) const {
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat found;
  if (!fd.is_open() || fstat(fd.get(), &found) != 0) return ReadFailure(path);
  std::string bytes(static_cast<size_t>(found.st_size), '\0');
  size_t size = 0;
  while (size < bytes.size()) {
    const ssize_t count = read(fd.get(), bytes.data() + size, bytes.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return ReadFailure(path);
    if (count == 0) break;
    size += static_cast<size_t>(count);
  }
  bytes.resize(size);
  return bytes;
}

absl::StatusOr<UniqueFd> StateDirectory::OpenJournal(uint64_t number, size_t size) const {
  const std::string path = PathOf(Kind::kJournal, number);
  UniqueFd fd(open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  if (!fd.is_open()) return Failure("open", path);
  if (ftruncate(fd.get(), static_cast<off_t>(size)) != 0) return Failure("cut", path);
  return fd;
}

absl::Status StateDirectory::Sync() const {
  return fsync(fd_.get()) == 0 ? absl::OkStatus() : Failure("sync directory", path_);
}

void StateDirectory::RemoveOthers(uint64_t keep, uint64_t keep_too) const {
  for (const Kind kind : {Kind::kSnapshot, Kind::kJournal}) {
    const auto numbers = Numbers(kind);
    if (!numbers.ok()) return;
    for (const uint64_t number : *numbers) {
      if (number != keep && number != keep_too) unlink(PathOf(kind, number).c_str());
    }
  }
}

StateDirectory::NewSnapshot::NewSnapshot(const StateDirectory& directory, uint64_t number)
    : directory_(directory),
      path_(directory.PathOf(Kind::kSnapshot, number)),
      new_path_(absl::StrCat(directory.path(), "/new-snapshot")) {}

StateDirectory::NewSnapshot::~NewSnapshot() {
  if (fd_.is_open()) unlink(new_path_.c_str());
}

absl::Status StateDirectory::NewSnapshot::Open() {
  fd_ = UniqueFd(open(new_path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  return fd_.is_open() ? absl::OkStatus() : Failure("make", new_path_);
}

absl::Status StateDirectory::NewSnapshot::Write(absl::string_view bytes) {
  const off_t offset = lseek(fd_.get(), 0, SEEK_END);
  return WriteAt(fd_, bytes, static_cast<size_t>(offset), new_path_);
}

absl::Status StateDirectory::NewSnapshot::Sync() {
  return fsync(fd_.get()) == 0 ? absl::OkStatus() : Failure("sync", new_path_);
}

absl::Status StateDirectory::NewSnapshot::Install() {
  if (rename(new_path_.c_str(), path_.c_str()) != 0) return Failure("rename", new_path_);
  fd_ = UniqueFd();
  absl::Status synced = directory_.Sync();
  // What follows goes into the journal of the one before then, behind which nobody would look.
  if (!synced.ok()) unlink(path_.c_str());
  return synced;
}

absl::Status WriteAt(const UniqueFd& fd, absl::string_view bytes, size_t offset,
                     absl::string_view path) {
  while (!bytes.empty()) {
    const ssize_t count = pwrite(fd.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Failure("write", path);
    bytes.remove_prefix(static_cast<size_t>(count));
    offset += static_cast<size_t>(count);
  }
  return absl::OkStatus();
}

}  // namespace nftsvc::daemon
