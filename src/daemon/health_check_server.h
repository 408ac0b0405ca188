// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <systemd/sd-event.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "src/base/ip_address.h"
#include "src/base/log.h"
#include "src/control/event.h"
#include "src/http/listener.h"
#include "src/http/server.h"
#include "src/reconcile/enforcer.h"

namespace nftsvc::daemon {

// Tells load balancers, at the health check port of each service that has one, whether this host
// has endpoints for their clients: on the addresses that accept node ports, with status 200 or 503,
// in the form that kube-proxy gives it.
//
// Answers come from the accepted snapshot when they are asked for, so that a push costs nothing
// here unless ports come or go. A port that cannot be had is logged once and tried again, ever less
// often.
class HealthCheckServer {
 public:
  // `event` and the reconciler must outlive the server.
  static absl::StatusOr<std::unique_ptr<HealthCheckServer>> Start(
      sd_event* event, const reconcile::Enforcer& reconciler, base::Log log);

  // Listens where the snapshot and the host's addresses say now. To be called when they may have
  // changed; cheap if they have not.
  void Follow();

  // Where it cannot listen, and why; empty: nowhere.
  std::string problem() const;

 private:
  using Place = std::pair<base::IpAddress, uint16_t>;
  using Places = absl::btree_set<Place>;

  HealthCheckServer(sd_event* event, const reconcile::Enforcer& reconciler, base::Log log)
      : event_(event), reconciler_(reconciler), log_(std::move(log)) {}

  absl::Status MakeTimer();
  http::Response Answer(const http::Request& request) const;
  bool HasChanged();
  Places Wanted() const;
  void Retry();
  void ListenOn(const Place& place);
  void ArmRetry();

  sd_event* event_;
  const reconcile::Enforcer& reconciler_;
  base::Log log_;

  // What was followed last.
  uint64_t version_ = 0;
  bool on_all_addresses_ = false;
  std::vector<base::IpAddress> addresses_;

  std::unique_ptr<http::Server> http_;
  absl::btree_map<Place, std::unique_ptr<http::Listener>> listeners_;
  absl::btree_map<Place, std::string> failures_;  // why
  control::EventSource retry_timer_;
  int retries_ = 0;  // since a place became one to be retried
};

}  // namespace nftsvc::daemon
