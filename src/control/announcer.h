// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "nftsvc/v1/control.pb.h"
#include "src/control/peer.h"
#include "src/model/snapshot.h"
#include "src/reconcile/enforcer.h"

namespace nftsvc::control {

// How things are, for the first answer to a watch.
v1::WatchEvent DescribeState(const reconcile::Enforcer& reconciler, absl::Time now);

// Finds out what has happened, and tells it as events. What is told when:
//
//   Pushed, HostChanged   as soon as somebody says so
//   DriftRepaired, OutOfSync, InSync, and revisions that nobody spoke of   in Follow
class Announcer {
 public:
  using Tell = std::function<void(const v1::WatchEvent& event)>;

  // The reconciler must outlive it.
  Announcer(const reconcile::Enforcer& reconciler, reconcile::Enforcer::Clock now, Tell tell);

  // The reconciler has accepted these changes.
  void Pushed(const std::vector<model::ServiceChange>& changes, const Peer& peer);

  // The reconciler has got other host facts.
  void HostChanged();

  // Compares the reconciler with what was told of it. Cheap; for every turn of the loop.
  void Follow();

 private:
  v1::WatchEvent NewEvent() const;
  void TellRevision(v1::WatchEvent event);

  const reconcile::Enforcer& reconciler_;
  reconcile::Enforcer::Clock now_;
  Tell tell_;

  uint64_t told_revision_;
  uint64_t told_repairs_;
  bool told_in_sync_;
};

}  // namespace nftsvc::control
