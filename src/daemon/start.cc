// SPDX-License-Identifier: Apache-2.0
//
// How the daemon starts.
#include <malloc.h>
#include <unistd.h>

#include <map>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "src/base/status_macros.h"
#include "src/control/system_error.h"
#include "src/daemon/daemon.h"
#include "src/daemon/service_manager.h"
#include "src/host/host_addresses.h"

namespace nftsvc::daemon {

absl::StatusOr<config::Config> Daemon::ReadGoodConfig() {
  ASSIGN_OR_RETURN(config::ConfigReading reading, config::ReadConfig(config_file_));
  has_wrong_config_ = !reading.mistakes.empty() && !reading.may_pass;
  if (reading.mistakes.empty()) return std::move(reading.config);
  for (const std::string& mistake : reading.mistakes) log_(base::Severity::kError, mistake);
  const size_t count = reading.mistakes.size();
  return absl::InvalidArgumentError(
      absl::StrCat("read ", config_file_, ": ", count, count == 1 ? " mistake" : " mistakes"));
}

absl::StatusOr<reconcile::Settings> Daemon::CurrentSettings() {
  ASSIGN_OR_RETURN(const config::HostAddresses addresses, host::ReadHostAddresses());
  reconcile::Settings settings = config_.settings;
  settings.host = config::HostFactsOf(config_, addresses);
  if (settings.mode == reconcile::Mode::kIptables) {
    settings.host.conntrack_is_liberal = xtables::ConntrackIsLiberal();
  }
  settings.options.matches_maps = features_.matches_maps;
  if (IsLessExclusive()) settings.options.exclusive = false;
  return settings;
}

absl::Status Daemon::Start() {
  sd_event* event = nullptr;
  if (const int result = sd_event_new(&event); result < 0) {
    return control::SystemError(-result, "make event loop");
  }
  event_.reset(event);
  ASSIGN_OR_RETURN(config_, ReadGoodConfig());
  // All three tell whether another daemon runs, which must be known before the kernel is written
  // to. Clients may connect from now on, and wait.
  ASSIGN_OR_RETURN(state_, StateFile::Open(config_.state_directory, log_));
  ASSIGN_OR_RETURN(control::Listener listener, control::Listener::Open(config_.socket));
  ASSIGN_OR_RETURN(lock_, NamespaceLock::Take(log_));
  loopback_.RememberIn(config_.state_directory);
  // Before the rule goes that keeps others from it.
  if (!config_.settings.host.localhost_node_ports) loopback_.Forbid();
  WatchHost();
  RETURN_IF_ERROR(StartReconciling());
  ASSIGN_OR_RETURN(health_checks_, HealthCheckServer::Start(event_.get(), *reconciler_, log_));
  RETURN_IF_ERROR(StartServing(std::move(listener)));
  RETURN_IF_ERROR(StartWeb());
  RETURN_IF_ERROR(WatchEvents());
  confirmation_.emplace(*history_, [this] { return handler_->TakeBack(); });
  RETURN_IF_ERROR(confirmation_->Start(event_.get()));
  FollowKernel();
  TurnEnd();
  NotifyReady();
  return absl::OkStatus();
}

// Begins before the addresses are read for the first time. Without it, polls find the changes.
void Daemon::WatchHost() {
  auto watch = HostWatch::Start(event_.get(), [this] { FollowHost(); });
  if (watch.ok()) {
    host_watch_ = *std::move(watch);
  } else {
    log_(base::Severity::kWarning, watch.status().message());
  }
}

// Says beforehand what a service may need and not get: the kernel refuses only what is used.
void Daemon::LookForFeatures() {
  auto features = netlink::ProbeFeatures();
  if (!features.ok()) return;  // what follows fails in the same way, and says so
  features_ = *std::move(features);
  const std::string missing = netlink::DescribeMissing(features_);
  const bool matters = !features_.missing.empty() || IsLessExclusive();
  if (!missing.empty()) log_(matters ? base::Severity::kWarning : base::Severity::kInfo, missing);
}

absl::Status Daemon::StartReconciling() {
  LookForFeatures();
  ASSIGN_OR_RETURN(reconcile::Settings settings, CurrentSettings());
  ASSIGN_OR_RETURN(kernel_, netlink::Kernel::Open());
  ASSIGN_OR_RETURN(StateFile::Accepted accepted, state_->Load());
  history_.emplace(*state_, config_.history_keep, absl::Now, log_);
  RETURN_IF_ERROR(history_->Load(accepted.revision));
  chains_.emplace(config::ChainMarkerOf(config_));
  reconciler_.emplace(
      reconcile::ModeSwitch::Stores{
          .kernel = *kernel_, .chains = *chains_, .flows = conntrack_, .state = *history_},
      std::move(settings), absl::Now, log_);
  RETURN_IF_ERROR(reconciler_->Start(accepted.revision, std::move(accepted.services)));
  static_services_.emplace(*reconciler_, pushes_, absl::Now, log_);
  static_services_->Load(config_.services_directory);
  malloc_trim(0);
  return absl::OkStatus();
}

absl::Status Daemon::StartServing(control::Listener listener) {
  handler_.emplace(*reconciler_, absl::Now,
                   control::Handler::Surroundings{
                       .client_count = [this] { return server_->client_count(); },
                       .health_check_problem = [this] { return health_checks_->problem(); },
                       .services_directory_problem = [this] { return static_services_->problem(); },
                       .http_problem = [this] { return web_->problem(); },
                       .config_problem = [this] { return config_problem_; },
                       .pushes = pushes_,
                       .history = *history_,
                       .pushed = [this](const auto& changes,
                                        const auto& peer) { announcer_->Pushed(changes, peer); }},
                   log_);
  gate_.emplace(config_.access, geteuid(), absl::Now, log_);
  const auto handle = [this](std::vector<control::Handler::Call> calls, const control::Peer& peer) {
    std::erase_if(calls, [&](const auto& call) {
      return gate_->Refuses(call.request->request, peer, *call.response);
    });
    handler_->HandleTogether(calls, peer);
  };
  ASSIGN_OR_RETURN(server_, control::Server::Start(event_.get(), std::move(listener),
                                                   config_.limits, handle, log_));
  announcer_.emplace(*reconciler_, absl::Now,
                     [this](const v1::WatchEvent& event) { server_->Tell(event); });
  log_(base::Severity::kInfo,
       absl::StrCat("nftsvcd ", NFTSVC_VERSION, " listens on ", config_.socket.path));
  return absl::OkStatus();
}

absl::Status Daemon::StartWeb() {
  const auto problems = [this](std::map<std::string, std::string>& by_name) {
    by_name["services_directory"] = static_services_->problem();
    by_name["health_checks"] = health_checks_->problem();
    by_name["http"] = web_->problem();
    by_name["config"] = config_problem_;
  };
  ASSIGN_OR_RETURN(web_,
                   WebServer::Start(event_.get(),
                                    {.reconciler = *reconciler_,
                                     .pushes = pushes_,
                                     .client_count = [this] { return server_->client_count(); },
                                     .buffered_bytes = [this] { return server_->buffered_bytes(); },
                                     .problems = problems},
                                    absl::Now, log_));
  web_->Configure(config_.http);
  return absl::OkStatus();
}

absl::Status Daemon::WatchEvents() {
  sd_event* event = event_.get();
  sd_event_source* poll = nullptr;
  sd_event_source* sync = nullptr;
  const auto signal = [&](int number, sd_event_signal_handler_t handler) {
    return sd_event_add_signal(event, nullptr, number | SD_EVENT_SIGNAL_PROCMASK, handler, this);
  };
  const auto timer = [&](sd_event_source** source, sd_event_time_handler_t handler) {
    const int result = sd_event_add_time(event, source, CLOCK_MONOTONIC, 0, 0, handler, this);
    return result < 0 ? result : sd_event_source_set_enabled(*source, SD_EVENT_OFF);
  };
  int result = signal(SIGTERM, OnSignal<&Daemon::Stop>);
  if (result >= 0) result = signal(SIGINT, OnSignal<&Daemon::Stop>);
  if (result >= 0) result = signal(SIGHUP, OnSignal<&Daemon::Reload>);
  if (result >= 0) result = timer(&poll, OnTime<&Daemon::Poll>);
  poll_timer_.reset(poll);
  if (result >= 0) result = timer(&sync, OnTime<&Daemon::SyncState>);
  sync_timer_.reset(sync);
  if (result >= 0) result = sd_event_add_post(event, nullptr, OnTurnEnd, this);
  if (result >= 0) result = sd_event_set_watchdog(event, 1);
  return result < 0 ? control::SystemError(-result, "watch signals and timers") : absl::OkStatus();
}

}  // namespace nftsvc::daemon
