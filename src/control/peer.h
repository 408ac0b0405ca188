// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "src/control/unique_fd.h"

namespace nftsvc::control {

// The process at the other end, as it was when it connected (SO_PEERCRED, unix(7)).
struct Peer {
  pid_t pid = 0;  // 0: in a pid namespace that ours does not see
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups = {};  // the supplementary ones

  std::string ToString() const { return absl::StrCat("pid ", pid, " uid ", uid); }
};

// Who is at the other end of a connected Unix socket.
absl::StatusOr<Peer> PeerOf(const UniqueFd& fd);

}  // namespace nftsvc::control
