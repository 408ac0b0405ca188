// SPDX-License-Identifier: Apache-2.0
//
// Exports ConfirmationDeadline.
#include "src/daemon/confirmation_deadline.h"

#include <algorithm>
#include <ctime>
#include <utility>

#include "absl/time/clock.h"
#include "src/control/system_error.h"

namespace nftsvc::daemon {

ConfirmationDeadline::ConfirmationDeadline(const control::History& history, TakeBack take_back)
    : history_(history), take_back_(std::move(take_back)) {}

absl::Status ConfirmationDeadline::Start(sd_event* event) {
  const auto on_time = [](sd_event_source*, uint64_t, void* self) {
    static_cast<ConfirmationDeadline*>(self)->End();
    return 0;
  };
  sd_event_source* timer = nullptr;
  int result = sd_event_add_time(event, &timer, CLOCK_MONOTONIC, 0, 0, on_time, this);
  if (result >= 0) result = sd_event_source_set_enabled(timer, SD_EVENT_OFF);
  if (result < 0) return control::SystemError(-result, "watch the time for confirmations");
  timer_.reset(timer);
  if (history_.pending() && history_.pending()->until <= absl::Now()) End();
  return absl::OkStatus();
}

// The time goes on while no daemon runs; a clock that was set back must not add to it.
void ConfirmationDeadline::Follow() {
  const std::optional<control::Pending>& pending = history_.pending();
  const uint64_t revision = pending ? pending->revision : 0;
  if (revision == armed_for_) return;
  armed_for_ = revision;
  is_over_ = false;
  if (!pending) {
    sd_event_source_set_enabled(timer_.get(), SD_EVENT_OFF);
    return;
  }
  const absl::Duration left =
      std::clamp(pending->until - absl::Now(), absl::ZeroDuration(), pending->within);
  sd_event_source_set_time_relative(timer_.get(),
                                    static_cast<uint64_t>(absl::ToInt64Microseconds(left)));
  sd_event_source_set_enabled(timer_.get(), SD_EVENT_ONESHOT);
}

void ConfirmationDeadline::Retry() {
  if (is_over_) End();
}

}  // namespace nftsvc::daemon
