// SPDX-License-Identifier: Apache-2.0
#include "src/control/peer.h"

#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "src/base/status_macros.h"
#include "src/control/system_error.h"

namespace nftsvc::control {
namespace {

// What the kernel knew when it connected: a process that drops groups later keeps these.
absl::StatusOr<std::vector<gid_t>> GroupsOf(const UniqueFd& fd) {
  std::vector<gid_t> groups;
  // The first call says how many there are, the second gets them; they do not change in between.
  for (int attempt = 0; attempt < 2; ++attempt) {
    auto size = static_cast<socklen_t>(groups.size() * sizeof(gid_t));
    if (getsockopt(fd.get(), SOL_SOCKET, SO_PEERGROUPS, groups.data(), &size) == 0) {
      groups.resize(size / sizeof(gid_t));
      return groups;
    }
    if (errno != ERANGE) break;
    groups.resize(size / sizeof(gid_t));
  }
  return SystemError(errno, "read client's groups");
}

}  // namespace

absl::StatusOr<Peer> PeerOf(const UniqueFd& fd) {
  ucred credentials = {};
  socklen_t size = sizeof(credentials);
  if (getsockopt(fd.get(), SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) {
    return SystemError(errno, "read client's credentials");
  }
  ASSIGN_OR_RETURN(std::vector<gid_t> groups, GroupsOf(fd));
  return Peer{.pid = credentials.pid,
              .uid = credentials.uid,
              .gid = credentials.gid,
              .groups = std::move(groups)};
}

}  // namespace nftsvc::control
