// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/unix_socket_user.h"

#include <libmnl/libmnl.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <memory>

#include "src/netlink/errno_status.h"

namespace nftsvc::netlink {
namespace {

constexpr char kDoing[] = "list unix sockets";
constexpr uint32_t kSequence = 1;

// Of <netinet/tcp.h>, which <linux/tcp.h> contradicts: a socket that is bound, and one that
// listens. Connections to one that listens have its name, too.
constexpr uint32_t kClosed = 1U << 7;
constexpr uint32_t kListening = 1U << 10;

struct Search {
  absl::string_view name;
  bool is_there = false;
  std::optional<uid_t> user;
};

int TakeSocket(const nlmsghdr* message, void* data) {
  // Other types have names of their own.
  const auto* socket = static_cast<const unix_diag_msg*>(mnl_nlmsg_get_payload(message));
  if (socket->udiag_type != SOCK_STREAM) return MNL_CB_OK;
  auto& search = *static_cast<Search*>(data);
  absl::string_view name;
  std::optional<uid_t> user;
  const auto* attribute =
      static_cast<const nlattr*>(mnl_nlmsg_get_payload_offset(message, sizeof(unix_diag_msg)));
  const auto* end = static_cast<const char*>(mnl_nlmsg_get_payload_tail(message));
  for (; mnl_attr_ok(attribute, static_cast<int>(end - reinterpret_cast<const char*>(attribute)));
       attribute = mnl_attr_next(attribute)) {
    const auto* payload = static_cast<const char*>(mnl_attr_get_payload(attribute));
    const uint16_t size = mnl_attr_get_payload_len(attribute);
    if (mnl_attr_get_type(attribute) == UNIX_DIAG_NAME) name = {payload, size};
    if (mnl_attr_get_type(attribute) == UNIX_DIAG_UID && size == sizeof(uint32_t)) {
      user = mnl_attr_get_u32(attribute);
    }
  }
  if (name == search.name) {
    search.is_there = true;
    search.user = user;
  }
  return MNL_CB_OK;
}

struct Closer {
  void operator()(mnl_socket* socket) const { mnl_socket_close(socket); }
};

}  // namespace

absl::StatusOr<std::optional<uid_t>> UserOfUnixSocket(absl::string_view name) {
  const std::unique_ptr<mnl_socket, Closer> socket(
      mnl_socket_open2(NETLINK_SOCK_DIAG, SOCK_CLOEXEC));
  if (socket == nullptr || mnl_socket_bind(socket.get(), 0, MNL_SOCKET_AUTOPID) != 0) {
    return ErrnoStatus(errno, kDoing);
  }
  alignas(nlmsghdr) std::array<char, 32 << 10> datagram;  // what the kernel makes at most
  nlmsghdr* request = mnl_nlmsg_put_header(datagram.data());
  request->nlmsg_type = SOCK_DIAG_BY_FAMILY;
  request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request->nlmsg_seq = kSequence;
  auto* what =
      static_cast<unix_diag_req*>(mnl_nlmsg_put_extra_header(request, sizeof(unix_diag_req)));
  what->sdiag_family = AF_UNIX;
  what->udiag_states = kClosed | kListening;
  what->udiag_show = UDIAG_SHOW_NAME | UDIAG_SHOW_UID;
  if (mnl_socket_sendto(socket.get(), request, request->nlmsg_len) < 0) {
    return ErrnoStatus(errno, kDoing);
  }
  Search search;
  search.name = name;
  int more = MNL_CB_OK;
  while (more > MNL_CB_STOP) {
    const ssize_t size = mnl_socket_recvfrom(socket.get(), datagram.data(), datagram.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return ErrnoStatus(errno, kDoing);
    more = mnl_cb_run(datagram.data(), static_cast<size_t>(size), kSequence,
                      mnl_socket_get_portid(socket.get()), TakeSocket, &search);
    if (more < 0) return ErrnoStatus(errno, kDoing);
  }
  if (search.is_there && !search.user) {
    return absl::UnimplementedError("list unix sockets: this kernel does not tell whose they are");
  }
  return search.user;
}

}  // namespace nftsvc::netlink
