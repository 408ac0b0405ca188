// SPDX-License-Identifier: Apache-2.0
#include "src/control/access.h"

#include <algorithm>

namespace nftsvc::control {

bool Principals::Include(const Peer& peer) const {
  return users.contains(peer.uid) || groups.contains(peer.gid) ||
         std::any_of(peer.groups.begin(), peer.groups.end(),
                     [this](gid_t group) { return groups.contains(group); });
}

bool Access::MayWrite(const Peer& peer) const {
  if (!writers) return !readers;
  return writers->Include(peer);
}

bool Access::MayRead(const Peer& peer) const {
  return !readers || readers->Include(peer) || MayWrite(peer);
}

}  // namespace nftsvc::control
