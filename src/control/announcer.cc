// SPDX-License-Identifier: Apache-2.0
#include "src/control/announcer.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "src/control/service_changes.h"

namespace nftsvc::control {
namespace {

constexpr size_t kMaxChanges = 100;

v1::WatchEvent EventAt(const reconcile::Enforcer& reconciler, absl::Time now) {
  v1::WatchEvent event;
  event.set_time(absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", now, absl::UTCTimeZone()));
  event.set_revision(reconciler.revision());
  return event;
}

}  // namespace

v1::WatchEvent DescribeState(const reconcile::Enforcer& reconciler, absl::Time now) {
  v1::WatchEvent event = EventAt(reconciler, now);
  v1::WatchEvent::Watching& watching = *event.mutable_watching();
  watching.set_in_sync(reconciler.health().in_sync);
  watching.set_problem(reconciler.health().problem);
  watching.set_services(static_cast<uint32_t>(reconciler.snapshot().services().size()));
  return event;
}

Announcer::Announcer(const reconcile::Enforcer& reconciler, reconcile::Enforcer::Clock now,
                     Tell tell)
    : reconciler_(reconciler),
      now_(std::move(now)),
      tell_(std::move(tell)),
      told_revision_(reconciler.revision()),
      told_repairs_(reconciler.health().drift_repairs),
      told_in_sync_(reconciler.health().in_sync) {}

v1::WatchEvent Announcer::NewEvent() const { return EventAt(reconciler_, now_()); }

void Announcer::TellRevision(v1::WatchEvent event) {
  told_revision_ = reconciler_.revision();
  tell_(event);
}

void Announcer::Pushed(const std::vector<model::ServiceChange>& changes, const Peer& peer) {
  if (changes.empty()) return;
  v1::WatchEvent event = NewEvent();
  v1::WatchEvent::Pushed& pushed = *event.mutable_pushed();
  pushed.set_client(peer.ToString());
  uint32_t added = 0, changed = 0, removed = 0;
  for (const model::ServiceChange& change : changes) {
    uint32_t& count = change.before == nullptr  ? added
                      : change.after == nullptr ? removed
                                                : changed;
    ++count;
  }
  pushed.set_services_added(added);
  pushed.set_services_changed(changed);
  pushed.set_services_removed(removed);
  const size_t shown = std::min(changes.size(), kMaxChanges);
  for (size_t i = 0; i < shown; ++i) pushed.add_service_changes(PrintChange(changes[i]));
  pushed.set_changes_left_off(static_cast<uint32_t>(changes.size() - shown));
  TellRevision(std::move(event));
}

void Announcer::HostChanged() {
  const forwarding::HostFacts& host = reconciler_.settings().host;
  v1::WatchEvent event = NewEvent();
  v1::WatchEvent::HostChanged& changed = *event.mutable_host_changed();
  for (const auto& address : host.local_addresses) changed.add_addresses(address.ToString());
  for (const auto& address : host.node_port_addresses) {
    changed.add_node_port_addresses(address.ToString());
  }
  tell_(event);
}

void Announcer::Follow() {
  if (reconciler_.revision() != told_revision_) {
    v1::WatchEvent event = NewEvent();
    event.mutable_pushed();
    TellRevision(std::move(event));
  }
  const reconcile::Health& health = reconciler_.health();
  // Another mode begins to count anew.
  const uint64_t repairs_before = std::exchange(told_repairs_, health.drift_repairs);
  if (health.drift_repairs > repairs_before) {
    v1::WatchEvent event = NewEvent();
    event.mutable_drift_repaired()->set_what(health.last_drift);
    event.mutable_drift_repaired()->set_drift_repairs(health.drift_repairs);
    tell_(event);
  }
  if (health.in_sync == told_in_sync_) return;
  told_in_sync_ = health.in_sync;
  v1::WatchEvent event = NewEvent();
  if (health.in_sync) {
    event.mutable_in_sync();
  } else {
    event.mutable_out_of_sync()->set_problem(health.problem);
  }
  tell_(event);
}

}  // namespace nftsvc::control
