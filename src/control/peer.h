// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <string>

#include "absl/strings/str_cat.h"

namespace nftsvc::control {

// The process at the other end, as it was when it connected (SO_PEERCRED, unix(7)).
struct Peer {
  pid_t pid = 0;  // 0: in a pid namespace that ours does not see
  uid_t uid = 0;
  gid_t gid = 0;

  std::string ToString() const { return absl::StrCat("pid ", pid, " uid ", uid); }
};

}  // namespace nftsvc::control
