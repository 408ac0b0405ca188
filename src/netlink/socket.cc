// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/socket.h"

#include <libmnl/libmnl.h>
#include <linux/netlink.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <limits>

#include "src/netlink/errno_status.h"

namespace nftsvc::netlink {
namespace {

// The kernel fills dump datagrams up to 32 KiB, if the reader offers as much
// (net/netlink/af_netlink.c: netlink_recvmsg).
constexpr size_t kDatagramRoom = 64 << 10;

// Room for the replies to some ten thousand messages that the kernel refuses. Costs nothing unused.
constexpr int kReceiveBuffer = 16 << 20;

// setsockopt(2) with the option that ignores the system's limit but takes CAP_NET_ADMIN outside of
// user namespaces, else with the one that does not.
void SetBuffer(int fd, int forced_option, int option, size_t size) {
  // The kernel doubles the value, for its own bookkeeping (socket(7)), and keeps it in an int.
  const int value = static_cast<int>(std::min<size_t>(size, std::numeric_limits<int>::max() / 2));
  if (setsockopt(fd, SOL_SOCKET, forced_option, &value, sizeof(value)) == 0) return;
  setsockopt(fd, SOL_SOCKET, option, &value, sizeof(value));  // if too small, sending will tell
}

}  // namespace

void Socket::Closer::operator()(mnl_socket* socket) const { mnl_socket_close(socket); }

Socket::Socket(mnl_socket* socket) : socket_(socket), received_(kDatagramRoom) {}

absl::StatusOr<Socket> Socket::Open() {
  mnl_socket* opened = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC);
  if (opened == nullptr) return ErrnoStatus(errno, "open netlink socket");
  Socket socket(opened);
  if (mnl_socket_bind(opened, 0, MNL_SOCKET_AUTOPID) < 0) {
    return ErrnoStatus(errno, "bind netlink socket");
  }
  // Without CAP_ACK each error reply carries the whole message that failed, and a few of them
  // overflow the queue; EXT_ACK says where in the message the error is.
  int on = 1;
  for (int option : {NETLINK_CAP_ACK, NETLINK_EXT_ACK}) {
    if (mnl_socket_setsockopt(opened, option, &on, sizeof(on)) < 0) {
      return ErrnoStatus(errno, "set up netlink socket");
    }
  }
  SetBuffer(mnl_socket_get_fd(opened), SO_RCVBUFFORCE, SO_RCVBUF, kReceiveBuffer);
  return socket;
}

absl::Status Socket::SystemError(int error, absl::string_view doing) {
  usable_ = error == ENOBUFS || error == EMSGSIZE || error == ENOMEM;
  return ErrnoStatus(error, doing);
}

void Socket::GrowSendBuffer(size_t size) {
  constexpr size_t kOverhead = 32;  // net/netlink/af_netlink.c: netlink_sendmsg
  if (size + kOverhead <= send_buffer_) return;
  send_buffer_ = size + kOverhead;
  SetBuffer(mnl_socket_get_fd(socket_.get()), SO_SNDBUFFORCE, SO_SNDBUF, send_buffer_);
}

absl::Status Socket::Send(std::span<const uint8_t> datagram) {
  GrowSendBuffer(datagram.size());
  ssize_t sent;
  do {
    sent = mnl_socket_sendto(socket_.get(), datagram.data(), datagram.size());
  } while (sent < 0 && errno == EINTR);
  if (sent >= 0) return absl::OkStatus();
  // Out of memory for the datagram: not the ENOBUFS of lost replies.
  return SystemError(errno == ENOBUFS ? ENOMEM : errno, "send to the kernel");
}

absl::StatusOr<std::span<const uint8_t>> Socket::Receive(std::chrono::milliseconds patience) {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point deadline = Clock::now() + patience;
  const int fd = mnl_socket_get_fd(socket_.get());
  while (true) {
    sockaddr_nl sender{};
    socklen_t sender_size = sizeof(sender);
    const ssize_t size = recvfrom(fd, received_.data(), received_.size(), MSG_DONTWAIT | MSG_TRUNC,
                                  reinterpret_cast<sockaddr*>(&sender), &sender_size);
    if (size > static_cast<ssize_t>(received_.size())) {
      return SystemError(EOVERFLOW, "receive from the kernel");
    }
    if (size >= 0) {
      if (sender.nl_pid != 0) continue;  // from some process
      return std::span<const uint8_t>(received_.data(), static_cast<size_t>(size));
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return SystemError(errno, "receive from the kernel");
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    if (left.count() <= 0) return std::span<const uint8_t>();
    pollfd readable{.fd = fd, .events = POLLIN, .revents = 0};
    poll(&readable, 1, static_cast<int>(left.count()));  // whatever it says, recvfrom knows more
  }
}

uint32_t Socket::TakeSequences(uint32_t count) {
  const uint32_t first = next_sequence_;
  next_sequence_ += count;
  return first;
}

}  // namespace nftsvc::netlink
