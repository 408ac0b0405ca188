// SPDX-License-Identifier: Apache-2.0
#include "tests/netlink/faulty_calls.h"

#include <linux/netlink.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace nftsvc::netlink {
namespace {

size_t calls_left = 0;
bool mishap_happened = false;
Mishap planned_mishap = Mishap::kFails;
int planned_error = 0;

bool IsNetlink(int fd) {
  int domain = 0;
  socklen_t size = sizeof(domain);
  return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_NETLINK;
}

bool IsHit(int fd) {
  if (calls_left == 0 || !IsNetlink(fd) || --calls_left != 0) return false;
  mishap_happened = true;
  return true;
}

ssize_t Report() {
  errno = planned_error;
  return -1;
}

ssize_t Spoil(void* datagram, ssize_t size) {
  auto* message = static_cast<nlmsghdr*>(datagram);
  if (size < static_cast<ssize_t>(sizeof(*message))) return size;
  switch (planned_mishap) {
    case Mishap::kSpoilt:
      message->nlmsg_flags |= NLM_F_DUMP_INTR;
      return size;
    case Mishap::kCutShort:
      return size / 2;
    case Mishap::kErrorReply: {
      auto* error = reinterpret_cast<nlmsgerr*>(message + 1);
      const nlmsghdr about = *message;
      error->error = -planned_error;
      error->msg = about;
      message->nlmsg_type = NLMSG_ERROR;
      message->nlmsg_flags = 0;
      message->nlmsg_len = NLMSG_LENGTH(sizeof(nlmsgerr));
      return static_cast<ssize_t>(message->nlmsg_len);
    }
    default:
      return size;
  }
}

// `datagram`: what is received goes there; null when sending.
template <typename Call>
ssize_t Do(int fd, void* datagram, const Call& call) {
  if (!IsHit(fd)) return call();
  if (planned_mishap == Mishap::kFails) return Report();
  const ssize_t size = call();
  if (planned_mishap == Mishap::kLies) return Report();
  return datagram == nullptr ? size : Spoil(datagram, size);
}

}  // namespace

void PlanMishap(size_t call, Mishap mishap, int error) {
  calls_left = call;
  planned_mishap = mishap;
  planned_error = error;
  mishap_happened = false;
}

bool EndMishap() {
  calls_left = 0;
  return mishap_happened;
}

}  // namespace nftsvc::netlink

extern "C" {

ssize_t sendto(int fd, const void* bytes, size_t size, int flags, const sockaddr* to,
               socklen_t to_size) {
  return nftsvc::netlink::Do(fd, nullptr, [&] {
    return static_cast<ssize_t>(syscall(SYS_sendto, fd, bytes, size, flags, to, to_size));
  });
}

ssize_t recvfrom(int fd, void* bytes, size_t size, int flags, sockaddr* from,
                 socklen_t* from_size) {
  return nftsvc::netlink::Do(fd, bytes, [&] {
    return static_cast<ssize_t>(syscall(SYS_recvfrom, fd, bytes, size, flags, from, from_size));
  });
}

ssize_t recvmsg(int fd, msghdr* message, int flags) {
  return nftsvc::netlink::Do(fd, message->msg_iov[0].iov_base, [&] {
    return static_cast<ssize_t>(syscall(SYS_recvmsg, fd, message, flags));
  });
}

}  // extern "C"
