// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>

#include "absl/status/statusor.h"
#include "src/base/log.h"
#include "src/control/unique_fd.h"

namespace nftsvc::daemon {

// What one daemon of a network namespace has at a time: two would fight over its tables, however
// different their sockets and state directories are. It is the abstract Unix socket "nftsvcd"
// (unix(7)), which belongs to the network namespace as the tables do, and goes with the process.
//
// Anybody may bind such a socket. A process that could not change the tables anyway is not taken
// for a daemon: it is logged, and the lock is as good as had. Of one that lets nobody connect, only
// the user can be known: who has a process that may change tables may have a daemon.
class NamespaceLock {
 public:
  // kFailedPrecondition: another daemon has it; names its process.
  static absl::StatusOr<NamespaceLock> Take(const base::Log& log);

 private:
  explicit NamespaceLock(control::UniqueFd fd) : fd_(std::move(fd)) {}

  control::UniqueFd fd_;
};

}  // namespace nftsvc::daemon
