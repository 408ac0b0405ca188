// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <systemd/sd-event.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "src/control/event.h"
#include "src/netlink/address_watch.h"

namespace nftsvc::daemon {

// Calls back soon after the host's addresses or routes change: once for changes that come
// together, and never so often that it takes more than a small share of the time.
class HostWatch {
 public:
  using OnChange = std::function<void()>;

  // `event` must outlive the watch.
  static absl::StatusOr<std::unique_ptr<HostWatch>> Start(sd_event* event, OnChange on_change);

 private:
  HostWatch(netlink::AddressWatch watch, OnChange on_change)
      : watch_(std::move(watch)), on_change_(std::move(on_change)) {}

  void Hear();
  void Tell();

  netlink::AddressWatch watch_;
  OnChange on_change_;
  control::EventSource readable_;
  control::EventSource timer_;
  bool armed_ = false;
  uint64_t not_before_us_ = 0;
};

}  // namespace nftsvc::daemon
