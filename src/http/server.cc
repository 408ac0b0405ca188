// SPDX-License-Identifier: Apache-2.0
#include "src/http/server.h"

#include <microhttpd.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <optional>

#include "src/base/status_macros.h"
#include "src/control/system_error.h"

namespace nftsvc::http {
namespace {

struct ResponseDeleter {
  void operator()(MHD_Response* response) const { MHD_destroy_response(response); }
};
using ResponsePtr = std::unique_ptr<MHD_Response, ResponseDeleter>;

// -1 if it has none.
int SocketOf(MHD_Connection* connection) {
  const MHD_ConnectionInfo* info =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  return info != nullptr ? info->connect_fd : -1;
}

// Where the client connected to.
std::optional<Request> RequestOf(MHD_Connection* connection, absl::string_view path) {
  sockaddr_storage local = {};
  socklen_t size = sizeof(local);
  if (getsockname(SocketOf(connection), reinterpret_cast<sockaddr*>(&local), &size) != 0) {
    return std::nullopt;
  }
  const bool is_v4 = local.ss_family == AF_INET;
  return Request{.family = is_v4 ? base::Family::kIPv4 : base::Family::kIPv6,
                 .port = ntohs(is_v4 ? reinterpret_cast<const sockaddr_in&>(local).sin_port
                                     : reinterpret_cast<const sockaddr_in6&>(local).sin6_port),
                 .path = path};
}

MHD_Result Send(MHD_Connection* connection, const Response& response) {
  // libmicrohttpd asks for a writable buffer, and copies it.
  const ResponsePtr made(MHD_create_response_from_buffer(
      response.body.size(), const_cast<char*>(response.body.data()), MHD_RESPMEM_MUST_COPY));
  if (made == nullptr) return MHD_NO;
  for (const auto& [name, value] : response.headers) {
    MHD_add_response_header(made.get(), name.c_str(), value.c_str());
  }
  // Idle clients would use up the places of others.
  MHD_add_response_header(made.get(), MHD_HTTP_HEADER_CONNECTION, "close");
  return MHD_queue_response(connection, response.status, made.get());
}

// Called when the headers are there. Whatever body follows is not read.
MHD_Result OnRequest(void* self, MHD_Connection* connection, const char* path, const char* method,
                     const char* /*version*/, const char* /*upload*/, size_t* /*upload_size*/,
                     void** /*state*/) {
  const absl::string_view verb = method;
  if (verb != MHD_HTTP_METHOD_GET && verb != MHD_HTTP_METHOD_HEAD) {
    return Send(
        connection,
        {.status = MHD_HTTP_METHOD_NOT_ALLOWED, .headers = {{"Allow", "GET, HEAD"}}, .body = {}});
  }
  const std::optional<Request> request = RequestOf(connection, path);
  return request ? Send(connection, static_cast<Server*>(self)->handle()(*request)) : MHD_NO;
}

void OnConnection(void* self, MHD_Connection* connection, void** /*state*/,
                  MHD_ConnectionNotificationCode code) {
  const int socket = SocketOf(connection);
  if (code == MHD_CONNECTION_NOTIFY_STARTED) {
    static_cast<Server*>(self)->Began(socket);
  } else {
    static_cast<Server*>(self)->Ended(socket);
  }
}

}  // namespace

void Server::DaemonDeleter::operator()(MHD_Daemon* daemon) const { MHD_stop_daemon(daemon); }

absl::StatusOr<std::unique_ptr<Server>> Server::Start(sd_event* event, const Limits& limits,
                                                      Handle handle) {
  std::unique_ptr<Server> server(new Server(event, limits.patience, std::move(handle)));
  server->daemon_.reset(MHD_start_daemon(
      MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET, /*port=*/0, /*apc=*/nullptr, /*apc_cls=*/nullptr,
      OnRequest, server.get(), MHD_OPTION_CONNECTION_LIMIT, limits.connections,
      MHD_OPTION_PER_IP_CONNECTION_LIMIT, limits.connections_per_address,
      MHD_OPTION_CONNECTION_TIMEOUT, static_cast<unsigned>(limits.timeout.count()),
      MHD_OPTION_CONNECTION_MEMORY_LIMIT, limits.connection_bytes, MHD_OPTION_NOTIFY_CONNECTION,
      OnConnection, server.get(), MHD_OPTION_END));
  if (server->daemon_ == nullptr) return control::SystemError(errno, "start HTTP server");
  RETURN_IF_ERROR(server->Watch());
  return server;
}

absl::Status Server::Watch() {
  const MHD_DaemonInfo* info = MHD_get_daemon_info(daemon_.get(), MHD_DAEMON_INFO_EPOLL_FD);
  if (info == nullptr) return absl::InternalError("start HTTP server: it has no epoll descriptor");
  const auto on_readiness = [](sd_event_source*, int, uint32_t, void* self) {
    static_cast<Server*>(self)->Turn();
    return 0;
  };
  const auto on_time = [](sd_event_source*, uint64_t, void* self) {
    static_cast<Server*>(self)->Turn();
    return 0;
  };
  sd_event_source* source = nullptr;
  int result = sd_event_add_io(event_, &source, info->epoll_fd, EPOLLIN, on_readiness, this);
  if (result < 0) return control::SystemError(-result, "watch HTTP clients");
  readiness_.reset(source);
  result =
      sd_event_add_time(event_, &source, CLOCK_MONOTONIC, 0, /*accuracy=*/1'000, on_time, this);
  if (result < 0) return control::SystemError(-result, "time HTTP clients");
  timer_.reset(source);
  sd_event_source_set_enabled(source, SD_EVENT_OFF);
  return absl::OkStatus();
}

void Server::Adopt(control::UniqueFd connection, const sockaddr_storage& client,
                   size_t client_size) {
  // Which closes it if it cannot take it.
  MHD_add_connection(daemon_.get(), connection.Release(),
                     reinterpret_cast<const sockaddr*>(&client),
                     static_cast<socklen_t>(client_size));
  Turn();
}

// Some work is left for a next turn at once, which MHD_get_timeout says, not the descriptor.
void Server::Turn() {
  MHD_run(daemon_.get());
  std::optional<std::chrono::microseconds> wait = CutOffTheSlow();
  MHD_UNSIGNED_LONG_LONG milliseconds = 0;
  if (MHD_get_timeout(daemon_.get(), &milliseconds) == MHD_YES) {
    const std::chrono::milliseconds until_work(milliseconds);
    wait = wait.has_value() ? std::min<std::chrono::microseconds>(*wait, until_work) : until_work;
  }
  if (!wait.has_value()) {
    sd_event_source_set_enabled(timer_.get(), SD_EVENT_OFF);
    return;
  }
  sd_event_source_set_time_relative(timer_.get(), static_cast<uint64_t>(wait->count()));
  sd_event_source_set_enabled(timer_.get(), SD_EVENT_ONESHOT);
}

std::chrono::microseconds Server::Now() const {
  uint64_t now = 0;
  sd_event_now(event_, CLOCK_MONOTONIC, &now);
  return std::chrono::microseconds(now);
}

void Server::Began(int socket) { deadlines_[socket] = Now() + patience_; }

// libmicrohttpd starts its timeout anew with each byte. A socket that is shut down has ended for
// it, as if the client had gone.
std::optional<std::chrono::microseconds> Server::CutOffTheSlow() {
  std::optional<std::chrono::microseconds> next;
  const std::chrono::microseconds now = Now();
  std::erase_if(deadlines_, [&](const auto& connection) {
    const auto& [socket, deadline] = connection;
    if (deadline <= now) {
      shutdown(socket, SHUT_RDWR);
      return true;
    }
    next = next.has_value() ? std::min(*next, deadline - now) : deadline - now;
    return false;
  });
  return next;
}

}  // namespace nftsvc::http
