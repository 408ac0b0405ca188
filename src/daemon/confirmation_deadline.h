// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "absl/status/status.h"
#include "src/control/event.h"
#include "src/control/history.h"

namespace nftsvc::daemon {

// When the time is over in which a push could be confirmed, it is taken back.
class ConfirmationDeadline {
 public:
  // Whether the pending push is taken back; if not, it is to be tried again.
  using TakeBack = std::function<bool()>;

  // The history must outlive this.
  ConfirmationDeadline(const control::History& history, TakeBack take_back);

  // Watches the clock from now on. A push whose time has passed while no daemon ran is taken back
  // at once, before anybody takes it for accepted.
  absl::Status Start(sd_event* event);

  // To be called when another push may be the pending one.
  void Follow();

  // To be called every now and then: what could not be taken back is tried again.
  void Retry();

 private:
  void End() { is_over_ = !take_back_(); }

  const control::History& history_;
  TakeBack take_back_;
  control::EventSource timer_;
  uint64_t armed_for_ = 0;  // the revision that waits
  bool is_over_ = false;    // and it has not been taken back yet
};

}  // namespace nftsvc::daemon
