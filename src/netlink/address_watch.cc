// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/address_watch.h"

#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

#include "src/netlink/errno_status.h"

namespace nftsvc::netlink {
namespace {

// Routers change many thousand routes in a row; the loop has others to serve.
constexpr int kMostDatagrams = 256;

bool IsChange(const nlmsghdr& message) {
  switch (message.nlmsg_type) {
    case RTM_NEWADDR:
    case RTM_DELADDR:
      return true;
    case RTM_NEWROUTE:
    case RTM_DELROUTE:
      // Those of the local table come and go with addresses.
      return mnl_nlmsg_get_payload_len(&message) >= sizeof(rtmsg) &&
             static_cast<const rtmsg*>(mnl_nlmsg_get_payload(&message))->rtm_table !=
                 RT_TABLE_LOCAL;
    default:
      return false;
  }
}

bool HoldsChange(const void* datagram, int size) {
  const auto* message = static_cast<const nlmsghdr*>(datagram);
  for (; mnl_nlmsg_ok(message, size); message = mnl_nlmsg_next(message, &size)) {
    if (IsChange(*message)) return true;
  }
  return false;
}

}  // namespace

void AddressWatch::Closer::operator()(mnl_socket* socket) const { mnl_socket_close(socket); }

absl::StatusOr<AddressWatch> AddressWatch::Open() {
  constexpr char kDoing[] = "listen for changes of addresses";
  mnl_socket* socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (socket == nullptr) return ErrnoStatus(errno, kDoing);
  AddressWatch watch(socket);
  constexpr unsigned kGroups =
      RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE;
  if (mnl_socket_bind(socket, kGroups, MNL_SOCKET_AUTOPID) != 0) return ErrnoStatus(errno, kDoing);
  return watch;
}

int AddressWatch::fd() const { return mnl_socket_get_fd(socket_.get()); }

bool AddressWatch::TakeChange() {
  alignas(nlmsghdr) std::array<char, 32 << 10> datagram;  // what the kernel makes at most
  bool changed = false;
  for (int i = 0; i < kMostDatagrams; ++i) {
    const ssize_t size = mnl_socket_recvfrom(socket_.get(), datagram.data(), datagram.size());
    // What was lost (ENOBUFS), or cut short (ENOSPC), may have been a change.
    if (size < 0 && errno != ENOBUFS && errno != ENOSPC) return changed;
    changed = changed || size < 0 || HoldsChange(datagram.data(), static_cast<int>(size));
  }
  return changed;
}

}  // namespace nftsvc::netlink
