// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "src/control/unique_fd.h"

namespace nftsvc::daemon {

// The files of the state directory: snapshots, journals and what undoes pushes, each under its
// number.
class StateDirectory {
 public:
  enum class Kind { kSnapshot, kJournal, kUndo };

  // Makes the directory (0700) if it is missing and locks it against other daemons, for as long as
  // the object lives. The lock is on the directory itself, so that it can be had when nothing can
  // be written. kFailedPrecondition: another nftsvcd has it.
  static absl::StatusOr<StateDirectory> Open(const std::string& path);

  const std::string& path() const { return path_; }

  // "/var/lib/nftsvc/snapshot-7".
  std::string PathOf(Kind kind, uint64_t number) const;

  // The numbers of the files of a kind, ascending.
  absl::StatusOr<std::vector<uint64_t>> Numbers(Kind kind) const;

  // kDataLoss: the disk or its file system is damaged.
  absl::StatusOr<std::string> Read(Kind kind, uint64_t number) const;
  absl::StatusOr<std::string> ReadPath(const std::string& path) const;

  // Opens a journal, made if it is missing, and cuts it off behind its first `size` bytes.
  absl::StatusOr<control::UniqueFd> OpenJournal(uint64_t number, size_t size) const;

  // A new snapshot, which has its name only from Install on. There can be one at a time.
  class NewSnapshot {
   public:
    NewSnapshot(const StateDirectory& directory, uint64_t number);
    NewSnapshot(const NewSnapshot&) = delete;
    ~NewSnapshot();

    absl::Status Open();
    absl::Status Write(absl::string_view bytes);
    absl::Status Sync();     // waits until it is on disk
    absl::Status Install();  // requires that it is; on failure there is none by that name

   private:
    const StateDirectory& directory_;
    std::string path_, new_path_;
    control::UniqueFd fd_;
  };

  // Makes names and removals of files outlive a power loss.
  absl::Status Sync() const;

  // Removes the snapshots and journals of all numbers but these two. What cannot be removed stays:
  // it does no harm.
  void RemoveOthers(uint64_t keep, uint64_t keep_too) const;

 private:
  StateDirectory(std::string path, control::UniqueFd fd)
      : path_(std::move(path)), fd_(std::move(fd)) {}

  std::string path_;
  control::UniqueFd fd_;
};

// Writes all of `bytes` at `offset`.
absl::Status WriteAt(const control::UniqueFd& fd, absl::string_view bytes, size_t offset,
                     absl::string_view path);

}  // namespace nftsvc::daemon
