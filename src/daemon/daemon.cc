// SPDX-License-Identifier: Apache-2.0
//
// What the daemon does in its turns. How it starts is in start.cc.
#include "src/daemon/daemon.h"

#include <malloc.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "src/base/count.h"
#include "src/base/status_macros.h"
#include "src/control/system_error.h"
#include "src/daemon/service_manager.h"

namespace nftsvc::daemon {
namespace {

// How long a power loss may take back pushes: see StateFile.
constexpr uint64_t kSyncDelayUs = 1'000'000;

// A little less than a poll is away by default.
constexpr absl::Duration kTellingInterval = absl::Milliseconds(900);

}  // namespace

absl::Status Daemon::Loop() {
  const int result = sd_event_loop(event_.get());
  return result < 0 ? control::SystemError(-result, "run event loop") : absl::OkStatus();
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
  const absl::Status status = state_->BeginSync();
  if (status.ok()) return;
  log_(base::Severity::kError, status.message());
  // What could not be written may be gone from memory, too; the snapshot has it. A failure is
  // logged where it is tried again.
  reconciler_->SaveAgain().IgnoreError();
}

void Daemon::Reload() {
  NotifyReloading();
  absl::StatusOr<config::Config> config = ReadGoodConfig();
  if (!config.ok()) {
    config_problem_ = absl::StrCat(config.status().message(), "; the old config stays");
    log_(base::Severity::kError, config_problem_);
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
  const bool is_mode_refused = config_.settings.mode != reconciler_->settings().mode;
  config_.settings.mode = reconciler_->settings().mode;
  static_services_->Load(config_.services_directory);
  web_->Configure(config_.http);
  FollowKernel();
  if (IsLessExclusive()) log_(base::Severity::kWarning, netlink::DescribeMissing(features_));
  // What the kernel does not take yet is tried again, and health tells of it.
  const std::string failure = absl::StrCat("reread ", config_file_, ": ", status.message());
  config_problem_ = is_mode_refused ? failure : "";
  if (status.ok()) {
    log_(base::Severity::kInfo, absl::StrCat("reread ", config_file_));
  } else {
    log_(base::Severity::kError, failure);
  }
  NotifyReady();
}

void Daemon::Stop() {
  NotifyStopping();
  log_(base::Severity::kInfo, "stopping; what the kernel forwards stays");
  absl::Status status = state_->Sync();
  if (!status.ok() && reconciler_->SaveAgain().ok()) status = state_->Sync();
  if (!status.ok()) {
    log_(base::Severity::kError,
         absl::StrCat("the next start may not know the last pushes: ", status.message()));
  }
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
  TellStatus();
}

// The service manager does not hear of each of a thousand pushes a second; after the last one, a
// poll comes.
void Daemon::TellStatus() {
  const reconcile::Health& health = reconciler_->health();
  const absl::Time now = absl::Now();
  const bool is_news = health.in_sync != told_in_sync_;
  if (!is_news && absl::AbsDuration(now - told_status_at_) < kTellingInterval) return;
  std::string status =
      health.in_sync
          ? absl::StrCat("Revision ", reconciler_->revision(), ", ",
                         base::Count(reconciler_->snapshot().services().size(), "service"))
          : absl::StrCat("Out of sync: ", health.problem);
  if (status == told_status_) return;
  NotifyStatus(status);
  told_status_ = std::move(status);
  told_in_sync_ = health.in_sync;
  told_status_at_ = now;
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
  const absl::Time next = std::min(reconciler_->next_poll(), static_services_->next_try());
  if (poll_armed_for_ == next) return;
  poll_armed_for_ = next;
  // A clock that was set back must not put the poll off.
  const absl::Duration delay = std::clamp(next - absl::Now(), absl::ZeroDuration(),
                                          reconciler_->settings().drift_poll_interval);
  sd_event_source_set_time_relative(poll_timer_.get(),
                                    static_cast<uint64_t>(absl::ToInt64Microseconds(delay)));
  sd_event_source_set_enabled(poll_timer_.get(), SD_EVENT_ONESHOT);
}

}  // namespace nftsvc::daemon
