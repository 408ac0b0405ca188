// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <systemd/sd-event.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "src/base/family.h"
#include "src/control/event.h"
#include "src/control/unique_fd.h"

struct MHD_Daemon;
struct sockaddr_storage;

namespace nftsvc::http {

struct Request {
  base::Family family = base::Family::kIPv4;  // that the client came by
  uint16_t port = 0;                          // that it connected to
  absl::string_view path;                     // "/metrics"
};

struct Response {
  unsigned status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

// What clients, who may be anybody, can take of the daemon.
struct Limits {
  unsigned connections = 256;
  unsigned connections_per_address = 32;
  std::chrono::seconds timeout{5};    // for a client that says nothing
  std::chrono::seconds patience{30};  // for a whole request and its answer
  size_t connection_bytes = 8 << 10;  // of request line, headers and answer's headers
};

// Answers GET and HEAD from one event loop, each on a connection of its own. Takes connections from
// Listeners; those beyond the limits are closed.
class Server {
 public:
  using Handle = std::function<Response(const Request& request)>;

  // `event` must outlive the server.
  static absl::StatusOr<std::unique_ptr<Server>> Start(sd_event* event, const Limits& limits,
                                                       Handle handle);

  // Serves a client that has connected.
  void Adopt(control::UniqueFd connection, const sockaddr_storage& client, size_t client_size);

  // For libmicrohttpd's callbacks.
  const Handle& handle() const { return handle_; }
  void Began(int socket);
  void Ended(int socket) { deadlines_.erase(socket); }

 private:
  struct DaemonDeleter {
    void operator()(MHD_Daemon* daemon) const;
  };

  Server(sd_event* event, std::chrono::seconds patience, Handle handle)
      : event_(event), patience_(patience), handle_(std::move(handle)) {}

  absl::Status Watch();
  void Turn();
  std::chrono::microseconds Now() const;
  std::optional<std::chrono::microseconds> CutOffTheSlow();  // how long the next one has

  sd_event* event_;
  std::chrono::seconds patience_;
  Handle handle_;
  std::map<int, std::chrono::microseconds> deadlines_;  // by socket, of those not cut off yet
  std::unique_ptr<MHD_Daemon, DaemonDeleter> daemon_;
  control::EventSource readiness_;
  control::EventSource timer_;
};

}  // namespace nftsvc::http
