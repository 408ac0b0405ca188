// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <systemd/sd-event.h>

#include <memory>

namespace nftsvc::control {

struct EventDeleter {
  void operator()(sd_event* event) const { sd_event_unref(event); }
};
using EventLoop = std::unique_ptr<sd_event, EventDeleter>;

// Disables the source too: the loop may hold a reference of its own while it dispatches.
struct EventSourceDeleter {
  void operator()(sd_event_source* source) const { sd_event_source_disable_unref(source); }
};
using EventSource = std::unique_ptr<sd_event_source, EventSourceDeleter>;

}  // namespace nftsvc::control
