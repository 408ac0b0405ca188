// SPDX-License-Identifier: Apache-2.0
//
// Exports Run: the daemon's parts, put together in the order in which they need each other, and the
// loop that drives them.
#include "src/daemon/run.h"

#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "src/base/count.h"
#include "src/base/status_macros.h"
#include "src/config/config.h"
#include "src/control/announcer.h"
#include "src/control/event.h"
#include "src/control/gate.h"
#include "src/control/handler.h"
#include "src/control/listener.h"
#include "src/control/server.h"
#include "src/control/system_error.h"
#include "src/daemon/confirmation_deadline.h"
#include "src/daemon/health_check_server.h"
#include "src/daemon/history_file.h"
#include "src/daemon/host_addresses.h"
#include "src/daemon/host_watch.h"
#include "src/daemon/loopback_routing.h"
#include "src/daemon/namespace_lock.h"
#include "src/daemon/service_manager.h"
#include "src/daemon/state_file.h"
#include "src/daemon/static_services.h"
#include "src/daemon/web_server.h"
#include "src/netlink/conntrack.h"
#include "src/netlink/feature_probe.h"
#include "src/netlink/kernel.h"
#include "src/reconcile/mode_switch.h"
#include "src/xtables/host_chains.h"

namespace nftsvc::daemon {
namespace {

// How long a power loss may take back pushes: see StateFile.
constexpr uint64_t kSyncDelayUs = 1'000'000;

class Daemon {
 public:
  Daemon(std::string config_file, base::Log log)
      : config_file_(std::move(config_file)), log_(std::move(log)), loopback_(log_) {}

  absl::Status Start();
  // That Start failed for, if it did.
  bool has_wrong_config() const { return has_wrong_config_; }

  absl::Status Loop() {
    const int result = sd_event_loop(event_.get());
    return result < 0 ? control::SystemError(-result, "run event loop") : absl::OkStatus();
  }

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
  void ArmPoll();

  std::string config_file_;
  base::Log log_;
  config::Config config_;
  bool has_wrong_config_ = false;  // as it was read last

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
  size_t most_services_ = 0;  // since memory was given back
};

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
  ASSIGN_OR_RETURN(const config::HostAddresses addresses, ReadHostAddresses());
  reconcile::Settings settings = config_.settings;
  settings.host = config::HostFactsOf(config_, addresses);
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
  history_->Load(accepted.revision);
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
                       .pushes = pushes_,
                       .history = *history_,
                       .pushed = [this](const auto& changes,
                                        const auto& peer) { announcer_->Pushed(changes, peer); }},
                   log_);
  gate_.emplace(config_.access, geteuid(), absl::Now, log_);
  const auto handle = [this](const wire::SplitRequest& request, const control::Peer& peer,
                             v1::Response& response) {
    if (gate_->Refuses(request.request, peer, response)) return;
    handler_->Handle(request, peer, response);
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

absl::Status Daemon::Adopt(reconcile::Settings settings) {
  // Before the rule goes that keeps others from it.
  if (!settings.host.localhost_node_ports) loopback_.Forbid();
  return reconciler_->Reconfigure(std::move(settings));
}

// The host may have got or lost addresses since the last time; settings that are the same cost
// nothing.
void Daemon::FollowHost() {
  absl::StatusOr<reconcile::Settings> settings = CurrentSettings();
  if (!settings.ok()) {
    log_(base::Severity::kError, settings.status().message());
  } else if (*settings != reconciler_->settings()) {
    log_(base::Severity::kNotice, "the host's addresses changed");
    const absl::Status status = Adopt(*std::move(settings));
    announcer_->HostChanged();
    if (!status.ok()) log_(base::Severity::kError, reconciler_->health().problem);
  }
}

void Daemon::Poll() {
  poll_armed_for_.reset();
  confirmation_->Retry();
  FollowHost();
  reconciler_->Poll();
  static_services_->Retry();
  web_->Poll();
  FollowKernel();
}

// What has to be right in the kernel besides the rules, and only behind them.
void Daemon::FollowKernel() {
  const bool keeps_others_out =
      reconciler_->settings().host.localhost_node_ports && reconciler_->health().in_sync;
  if (keeps_others_out) loopback_.Allow();
}

void Daemon::SyncState() {
  sync_armed_ = false;
  const absl::Status status = state_->Sync();
  if (!status.ok()) log_(base::Severity::kError, status.message());
}

void Daemon::Reload() {
  NotifyReloading();
  absl::StatusOr<config::Config> config = ReadGoodConfig();
  if (!config.ok()) {
    log_(base::Severity::kError, absl::StrCat(config.status().message(), "; the old config stays"));
    return NotifyReady();
  }
  if (config->socket != config_.socket || config->state_directory != config_.state_directory) {
    log_(base::Severity::kWarning,
         "control_socket, control_socket_access and state_directory change with a restart only");
  }
  config_ = *std::move(config);
  server_->set_limits(config_.limits);
  gate_->set_access(config_.access);
  history_->set_keep(config_.history_keep);
  const absl::StatusOr<reconcile::Settings> settings = CurrentSettings();
  const absl::Status status = settings.ok() ? Adopt(*settings) : settings.status();
  // Another one may have been refused; it is not to be tried with every poll.
  config_.settings.mode = reconciler_->settings().mode;
  static_services_->Load(config_.services_directory);
  web_->Configure(config_.http);
  FollowKernel();
  if (IsLessExclusive()) log_(base::Severity::kWarning, netlink::DescribeMissing(features_));
  if (status.ok()) {
    log_(base::Severity::kInfo, absl::StrCat("reread ", config_file_));
  } else {
    log_(base::Severity::kError, absl::StrCat("reread ", config_file_, ": ", status.message()));
  }
  NotifyReady();
}

void Daemon::Stop() {
  NotifyStopping();
  log_(base::Severity::kInfo, "stopping; what the kernel forwards stays");
  SyncState();
  sd_event_exit(event_.get(), 0);
}

// Behind every turn of the loop that did something.
void Daemon::TurnEnd() {
  ArmPoll();
  confirmation_->Follow();
  health_checks_->Follow();
  announcer_->Follow();
  if (state_->IsUnsynced() && !sync_armed_) {
    sd_event_source_set_time_relative(sync_timer_.get(), kSyncDelayUs);
    sd_event_source_set_enabled(sync_timer_.get(), SD_EVENT_ONESHOT);
    sync_armed_ = true;
  }
  GiveMemoryBack();
  const reconcile::Health& health = reconciler_->health();
  std::string status =
      health.in_sync
          ? absl::StrCat("Revision ", reconciler_->revision(), ", ",
                         base::Count(reconciler_->snapshot().services().size(), "service"))
          : absl::StrCat("Out of sync: ", health.problem);
  if (status == told_status_) return;
  NotifyStatus(status);
  told_status_ = std::move(status);
}

// What many services took lies in pieces between what the others take; glibc returns it on demand
// only.
void Daemon::GiveMemoryBack() {
  constexpr size_t kMany = 1'000;
  const size_t services = reconciler_->snapshot().services().size();
  if (services + kMany < most_services_) {
    malloc_trim(0);
    most_services_ = services;
  }
  most_services_ = std::max(most_services_, services);
}

void Daemon::ArmPoll() {
  const absl::Time next = reconciler_->next_poll();
  if (poll_armed_for_ == next) return;
  poll_armed_for_ = next;
  // A clock that was set back must not put the poll off.
  const absl::Duration delay = std::clamp(next - absl::Now(), absl::ZeroDuration(),
                                          reconciler_->settings().drift_poll_interval);
  sd_event_source_set_time_relative(poll_timer_.get(),
                                    static_cast<uint64_t>(absl::ToInt64Microseconds(delay)));
  sd_event_source_set_enabled(poll_timer_.get(), SD_EVENT_ONESHOT);
}

// The limit on clients is ours, not that of a shell or of select(2)'s days.
void RaiseFileLimit() {
  rlimit limit = {};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

Ending Run(const std::string& config_file, const base::Log& log) {
  std::signal(SIGPIPE, SIG_IGN);
  RaiseFileLimit();
  // A big message lives in mappings of its own and goes back whole. Without this, glibc raises the
  // threshold with the first big block that is freed (mallopt(3)).
  mallopt(M_MMAP_THRESHOLD, 128 * 1024);
  Daemon daemon(config_file, log);
  absl::Status status = daemon.Start();
  const Ending failed = daemon.has_wrong_config() ? Ending::kWrongConfig : Ending::kFailed;
  if (status.ok()) status = daemon.Loop();
  if (status.ok()) return Ending::kStopped;
  log(base::Severity::kError, status.message());
  return failed;
}

}  // namespace nftsvc::daemon
