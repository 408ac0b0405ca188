// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "src/control/unique_fd.h"

namespace nftsvc::control {

struct ListenOptions {
  std::string path;                 // absolute
  mode_t mode = 0660;               // of the socket
  std::optional<gid_t> group = {};  // that owns the socket; none: the process's own

  friend bool operator==(const ListenOptions&, const ListenOptions&) = default;
};

// The listening Unix stream socket, non-blocking. Removes its path again when it goes, if it made
// it.
class Listener {
 public:
  // The socket that the service manager passed (sd_listen_fds(3)), or else a new one.
  //
  // The directory of the path is made if it is missing; one where others could put a socket of
  // their own in the place of ours is kFailedPrecondition. A socket that stands at the path is
  // replaced if nobody answers on it; if somebody does, or if the path is no socket, that is
  // kFailedPrecondition. The socket has its final owner and mode before it takes connections.
  static absl::StatusOr<Listener> Open(const ListenOptions& options);

  Listener(Listener&&) = default;
  Listener& operator=(Listener&&) = delete;
  ~Listener();

  int fd() const { return fd_.get(); }

 private:
  Listener(UniqueFd fd, std::string own_path)
      : fd_(std::move(fd)), own_path_(std::move(own_path)) {}

  UniqueFd fd_;
  std::string own_path_;  // empty: not ours to remove
};

}  // namespace nftsvc::control
