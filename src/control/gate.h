// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <functional>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "nftsvc/v1/control.pb.h"
#include "src/base/log.h"
#include "src/control/access.h"
#include "src/control/peer.h"

namespace nftsvc::control {

// Lets nobody ask for what he may not. Root and the daemon's own user may all.
//
// What is refused is logged, but no more than a few times a minute for each user, so that nobody
// fills the disk or keeps others from being seen.
class Gate {
 public:
  using Clock = std::function<absl::Time()>;

  Gate(Access access, uid_t own_user, Clock now, base::Log log);

  // From the next request on, also for clients that are connected.
  void set_access(Access access) { access_ = std::move(access); }

  // Whether the peer may not ask for this; then the response is an error.
  bool Refuses(const v1::Request& request, const Peer& peer, v1::Response& response);

 private:
  void Log(const v1::Request& request, const Peer& peer);

  Access access_;
  uid_t own_user_;
  Clock now_;
  base::Log log_;

  absl::Time minute_ = absl::InfinitePast();      // when it began
  absl::flat_hash_map<uid_t, uint64_t> refused_;  // in it
};

}  // namespace nftsvc::control
