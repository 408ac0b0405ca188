// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <systemd/sd-event.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "src/base/deadline.h"
#include "src/base/ip_address.h"
#include "src/base/log.h"
#include "src/config/config.h"
#include "src/control/push_log.h"
#include "src/http/listener.h"
#include "src/http/server.h"
#include "src/reconcile/enforcer.h"
#include "src/web/facts.h"

namespace nftsvc::daemon {

// Metrics, health and the status page by HTTP.
//
// Counters are read when somebody asks, and the page made of them is given again to whoever asks
// within a second, or within 20 times what it took: no number of clients can take more than a small
// share of the loop. Health is answered from what is known, at no cost.
class WebServer {
 public:
  // What it tells besides what it is asked for.
  struct Surroundings {
    reconcile::Enforcer& reconciler;
    const control::PushLog& pushes;
    std::function<size_t()> client_count;
    std::function<size_t()> buffered_bytes;

    // Adds to the problems of the kernel and the state.
    std::function<void(std::map<std::string, std::string>& problems)> problems;
  };

  // `event` and what is referred to must outlive the server.
  static absl::StatusOr<std::unique_ptr<WebServer>> Start(sd_event* event,
                                                          Surroundings surroundings,
                                                          reconcile::Enforcer::Clock now,
                                                          base::Log log);

  // Listens there and nowhere else. An address that cannot be had is logged, and tried again.
  void Configure(const config::HttpOptions& options);

  // To be called with every poll.
  void Poll();

  // Where it cannot listen, and why; empty: nowhere.
  std::string problem() const;

 private:
  using Place = std::pair<base::IpAddress, uint16_t>;

  WebServer(Surroundings surroundings, reconcile::Enforcer::Clock now, base::Log log)
      : surroundings_(std::move(surroundings)),
        now_(std::move(now)),
        log_(std::move(log)),
        started_(now_()) {}

  http::Response Answer(const http::Request& request);
  http::Response Health(absl::string_view path);
  web::Facts QuickFacts() const;
  void Gather();
  void ListenOn(const Place& place);

  Surroundings surroundings_;
  reconcile::Enforcer::Clock now_;
  base::Log log_;
  const absl::Time started_;
  config::HttpOptions options_;

  sd_event* event_ = nullptr;
  std::unique_ptr<http::Server> http_;
  absl::btree_map<Place, std::unique_ptr<http::Listener>> listeners_;
  absl::btree_map<Place, std::string> failures_;  // why
  base::Deadline next_try_;
  int tries_ = 0;  // in a row that failed

  absl::Time last_in_sync_ = absl::InfinitePast();
  std::map<int, uint64_t> healthz_answers_ = {{200, 0}, {503, 0}};
  std::map<int, uint64_t> livez_answers_ = {{200, 0}};

  // As gathered last.
  std::string metrics_, page_;
  base::Deadline next_gathering_;
};

}  // namespace nftsvc::daemon
