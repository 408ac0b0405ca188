// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <optional>

#include "absl/container/btree_set.h"
#include "src/control/peer.h"

namespace nftsvc::control {

// Users and groups, by number.
struct Principals {
  absl::btree_set<uid_t> users;
  absl::btree_set<gid_t> groups;

  // By its user, its group or one of its supplementary groups.
  bool Include(const Peer& peer) const;

  friend bool operator==(const Principals&, const Principals&) = default;
};

// Who may do what, of those that can open the socket. None: nothing is said of them. With neither,
// all may do all; with `readers` alone, nobody of them may change anything.
struct Access {
  std::optional<Principals> writers;
  std::optional<Principals> readers;

  bool MayWrite(const Peer& peer) const;
  bool MayRead(const Peer& peer) const;  // also whoever may write

  friend bool operator==(const Access&, const Access&) = default;
};

}  // namespace nftsvc::control
