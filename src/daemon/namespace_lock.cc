// SPDX-License-Identifier: Apache-2.0
#include "src/daemon/namespace_lock.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "src/base/status_macros.h"
#include "src/control/system_error.h"

namespace nftsvc::daemon {
namespace {

using control::SystemError;
using control::UniqueFd;

constexpr absl::string_view kName = "nftsvcd";
constexpr uint64_t kNetAdmin = uint64_t{1} << 12;  // CAP_NET_ADMIN in <linux/capability.h>

class Address {
 public:
  // The first byte stays NUL: the name is none of the file system.
  Address() { std::memcpy(raw_.sun_path + 1, kName.data(), kName.size()); }

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&raw_); }
  socklen_t size() const { return offsetof(sockaddr_un, sun_path) + 1 + kName.size(); }

 private:
  sockaddr_un raw_ = {.sun_family = AF_UNIX, .sun_path = {}};
};

absl::StatusOr<UniqueFd> NewSocket() {
  UniqueFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.is_open()) return SystemError(errno, "make unix socket");
  return fd;
}

// Of the process that listens. Connecting is enough to know, nobody needs to accept.
std::optional<ucred> Holder() {
  const absl::StatusOr<UniqueFd> fd = NewSocket();
  const Address address;
  ucred credentials = {};
  socklen_t size = sizeof(credentials);
  if (!fd.ok() || connect(fd->get(), address.get(), address.size()) != 0 ||
      getsockopt(fd->get(), SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) {
    return std::nullopt;
  }
  return credentials;
}

// None: the process is hidden from us, or has ended.
std::optional<uint64_t> CapabilitiesOf(pid_t pid) {
  std::ifstream status(absl::StrCat("/proc/", pid, "/status"));
  for (std::string line; std::getline(status, line);) {
    absl::string_view value = line;
    uint64_t capabilities = 0;
    if (absl::ConsumePrefix(&value, "CapEff:") &&
        absl::SimpleHexAtoi(absl::StripAsciiWhitespace(value), &capabilities)) {
      return capabilities;
    }
  }
  return std::nullopt;
}

bool MayBeDaemon(const ucred& holder) {
  if (holder.uid == 0 || holder.uid == geteuid()) return true;
  return (CapabilitiesOf(holder.pid).value_or(0) & kNetAdmin) != 0;
}

}  // namespace

absl::StatusOr<NamespaceLock> NamespaceLock::Take(const base::Log& log) {
  ASSIGN_OR_RETURN(UniqueFd fd, NewSocket());
  const Address address;
  if (bind(fd.get(), address.get(), address.size()) == 0) {
    if (listen(fd.get(), SOMAXCONN) != 0) return SystemError(errno, "listen on lock of namespace");
    return NamespaceLock(std::move(fd));
  }
  if (errno != EADDRINUSE) return SystemError(errno, "lock network namespace");
  const std::optional<ucred> holder = Holder();
  if (!holder) {
    return absl::FailedPreconditionError("lock network namespace: another nftsvcd runs in it");
  }
  if (MayBeDaemon(*holder)) {
    return absl::FailedPreconditionError(
        absl::StrCat("lock network namespace: another nftsvcd runs in it, process ", holder->pid));
  }
  log(base::Severity::kWarning,
      absl::StrCat("process ", holder->pid, " of user ", holder->uid, " has the abstract socket \"",
                   kName, "\" but may not change tables; going on without this lock"));
  return NamespaceLock(UniqueFd());
}

}  // namespace nftsvc::daemon
