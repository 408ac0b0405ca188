// SPDX-License-Identifier: Apache-2.0
#include "src/http/listener.h"

#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "src/base/status_macros.h"
#include "src/control/system_error.h"

namespace nftsvc::http {
namespace {

using base::Family;

// A load balancer's probes come by the second; this leaves the loop to the others.
constexpr unsigned kAcceptsPerSecond = 1'000;

socklen_t MakeAddress(const base::IpAddress& address, uint16_t port, sockaddr_storage& storage) {
  if (address.family() == Family::kIPv4) {
    auto& v4 = reinterpret_cast<sockaddr_in&>(storage);
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    std::memcpy(&v4.sin_addr, address.bytes().data(), address.bytes().size());
    return sizeof(v4);
  }
  auto& v6 = reinterpret_cast<sockaddr_in6&>(storage);
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(port);
  std::memcpy(&v6.sin6_addr, address.bytes().data(), address.bytes().size());
  return sizeof(v6);
}

absl::StatusOr<control::UniqueFd> Listen(const base::IpAddress& address, uint16_t port) {
  const std::string what = absl::StrCat("listen on ", base::HostPort(address, port), "/tcp");
  sockaddr_storage storage = {};
  const socklen_t size = MakeAddress(address, port, storage);
  control::UniqueFd fd(socket(storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.is_open()) return control::SystemError(errno, what);
  const int on = 1;
  // Connections of an earlier daemon may still be closing.
  setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (address.family() == Family::kIPv6) {
    setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
  }
  if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&storage), size) != 0 ||
      listen(fd.get(), SOMAXCONN) != 0) {
    return control::SystemError(errno, what);
  }
  return fd;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Listener>> Listener::Open(sd_event* event,
                                                         const base::IpAddress& address,
                                                         uint16_t port, Server& server) {
  ASSIGN_OR_RETURN(control::UniqueFd fd, Listen(address, port));
  std::unique_ptr<Listener> listener(new Listener(std::move(fd), server));
  const auto on_connect = [](sd_event_source*, int, uint32_t, void* self) {
    static_cast<Listener*>(self)->Accept();
    return 0;
  };
  sd_event_source* source = nullptr;
  int result =
      sd_event_add_io(event, &source, listener->fd_.get(), EPOLLIN, on_connect, listener.get());
  if (result < 0) return control::SystemError(-result, "watch HTTP socket");
  listener->source_.reset(source);
  result = sd_event_source_set_ratelimit(source, /*interval_usec=*/1'000'000, kAcceptsPerSecond);
  if (result < 0) return control::SystemError(-result, "limit rate of HTTP socket");
  return listener;
}

// A failure is the client's, or lasts until descriptors are free again: the rate is limited.
void Listener::Accept() {
  sockaddr_storage client = {};
  socklen_t size = sizeof(client);
  control::UniqueFd fd(accept4(fd_.get(), reinterpret_cast<sockaddr*>(&client), &size,
                               SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (fd.is_open()) server_.Adopt(std::move(fd), client, size);
}

}  // namespace nftsvc::http
