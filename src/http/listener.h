// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <systemd/sd-event.h>

#include <cstdint>
#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "src/base/ip_address.h"
#include "src/control/event.h"
#include "src/control/unique_fd.h"
#include "src/http/server.h"

namespace nftsvc::http {

// Listens on one address and port, and hands whoever connects to a server.
class Listener {
 public:
  // 0.0.0.0 and :: are all addresses of their family, and of no other. The event loop and the
  // server must outlive the listener.
  static absl::StatusOr<std::unique_ptr<Listener>> Open(sd_event* event,
                                                        const base::IpAddress& address,
                                                        uint16_t port, Server& server);

 private:
  Listener(control::UniqueFd fd, Server& server) : fd_(std::move(fd)), server_(server) {}

  void Accept();

  control::UniqueFd fd_;
  Server& server_;
  control::EventSource source_;
};

}  // namespace nftsvc::http
