// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <systemd/sd-event.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "src/base/log.h"
#include "src/config/config.h"
#include "src/control/announcer.h"
#include "src/control/event.h"
#include "src/control/gate.h"
#include "src/control/handler.h"
#include "src/control/listener.h"
#include "src/control/server.h"
#include "src/daemon/confirmation_deadline.h"
#include "src/daemon/health_check_server.h"
#include "src/daemon/history_file.h"
#include "src/daemon/host_watch.h"
#include "src/daemon/loopback_routing.h"
#include "src/daemon/namespace_lock.h"
#include "src/daemon/state_file.h"
#include "src/daemon/static_services.h"
#include "src/daemon/web_server.h"
#include "src/netlink/conntrack.h"
#include "src/netlink/feature_probe.h"
#include "src/netlink/kernel.h"
#include "src/reconcile/mode_switch.h"
#include "src/reconcile/settings.h"
#include "src/xtables/host_chains.h"

namespace nftsvc::daemon {

// The daemon's parts, put together in the order in which they need each other, and the loop that
// drives them.
class Daemon {
 public:
  Daemon(std::string config_file, base::Log log)
      : config_file_(std::move(config_file)), log_(std::move(log)), loopback_(log_) {}

  // What the kernel holds is as before, if this fails.
  absl::Status Start();

  // That Start failed for, if it did.
  bool has_wrong_config() const { return has_wrong_config_; }

  // Until it is told to stop.
  absl::Status Loop();

 private:
  template <auto kMethod>
  static int OnTime(sd_event_source*, uint64_t, void* self) {
    (static_cast<Daemon*>(self)->*kMethod)();
    return 0;
  }
  template <auto kMethod>
  static int OnSignal(sd_event_source*, const signalfd_siginfo*, void* self) {
    (static_cast<Daemon*>(self)->*kMethod)();
    return 0;
  }
  static int OnTurnEnd(sd_event_source*, void* self) {
    static_cast<Daemon*>(self)->TurnEnd();
    return 0;
  }

  void WatchHost();
  void LookForFeatures();
  // Whether others may change the tables although the config says that they may not.
  bool IsLessExclusive() const {
    return config_.settings.options.exclusive && !features_.exclusive_tables;
  }
  absl::Status StartReconciling();
  absl::Status StartServing(control::Listener listener);
  absl::Status StartWeb();
  absl::Status WatchEvents();

  absl::StatusOr<config::Config> ReadGoodConfig();
  absl::StatusOr<reconcile::Settings> CurrentSettings();
  absl::Status Adopt(reconcile::Settings settings);

  void FollowHost();
  void FollowKernel();
  void Poll();
  void SyncState();
  void Reload();
  void Stop();
  void TurnEnd();
  void GiveMemoryBack();
  void TellStatus();
  void ArmPoll();

  std::string config_file_;
  base::Log log_;
  config::Config config_;
  bool has_wrong_config_ = false;  // as it was read last
  std::string config_problem_;     // why another one was not taken; empty: it was

  netlink::Features features_;
  control::EventLoop event_;
  std::optional<NamespaceLock> lock_;
  std::unique_ptr<HostWatch> host_watch_;
  LoopbackRouting loopback_;
  std::unique_ptr<netlink::Kernel> kernel_;
  netlink::Conntrack conntrack_;
  std::unique_ptr<StateFile> state_;
  std::optional<HistoryFile> history_;
  std::optional<xtables::HostChains> chains_;
  std::optional<reconcile::ModeSwitch> reconciler_;
  control::PushLog pushes_;
  std::optional<StaticServices> static_services_;
  std::optional<control::Gate> gate_;
  std::optional<control::Handler> handler_;
  std::unique_ptr<HealthCheckServer> health_checks_;
  std::unique_ptr<control::Server> server_;
  std::unique_ptr<WebServer> web_;
  std::optional<control::Announcer> announcer_;
  std::optional<ConfirmationDeadline> confirmation_;

  control::EventSource poll_timer_;
  std::optional<absl::Time> poll_armed_for_;
  control::EventSource sync_timer_;
  bool sync_armed_ = false;
  std::string told_status_;
  bool told_in_sync_ = false;
  absl::Time told_status_at_ = absl::InfinitePast();
  size_t most_services_ = 0;  // since memory was given back
};

}  // namespace nftsvc::daemon
