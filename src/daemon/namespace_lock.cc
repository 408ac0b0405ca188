// SPDX-License-Identifier: Apache-2.0
#include "src/daemon/namespace_lock.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "src/base/status_macros.h"
#include "src/control/system_error.h"
#include "src/netlink/unix_socket_user.h"

namespace nftsvc::daemon {
namespace {

using control::SystemError;
using control::UniqueFd;

constexpr absl::string_view kName = "nftsvcd";
constexpr int kAttempts = 10;
constexpr uint64_t kNetAdmin = uint64_t{1} << 12;  // CAP_NET_ADMIN in <linux/capability.h>

class Address {
 public:
  // The first byte stays NUL: the name is none of the file system.
  Address() { std::memcpy(raw_.sun_path + 1, kName.data(), kName.size()); }

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&raw_); }
  absl::string_view name() const { return {raw_.sun_path, 1 + kName.size()}; }
  socklen_t size() const { return offsetof(sockaddr_un, sun_path) + 1 + kName.size(); }

 private:
  sockaddr_un raw_ = {.sun_family = AF_UNIX, .sun_path = {}};
};

absl::StatusOr<UniqueFd> NewSocket() {
  UniqueFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.is_open()) return SystemError(errno, "make unix socket");
  return fd;
}

struct Process {
  uid_t user = 0;  // effective
  uint64_t capabilities = 0;
};

// From /proc/PID/status (proc(5)). None: it is hidden from us, or has ended.
std::optional<Process> ReadProcess(const std::string& directory) {
  Process process;
  bool has_user = false;
  std::ifstream status(absl::StrCat(directory, "/status"));
  for (std::string line; std::getline(status, line);) {
    absl::string_view value = line;
    if (absl::ConsumePrefix(&value, "Uid:")) {
      const std::vector<absl::string_view> ids =
          absl::StrSplit(value, absl::ByAnyChar("\t "), absl::SkipEmpty());
      has_user = ids.size() > 1 && absl::SimpleAtoi(ids[1], &process.user);
    } else if (absl::ConsumePrefix(&value, "CapEff:")) {
      if (!absl::SimpleHexAtoi(absl::StripAsciiWhitespace(value), &process.capabilities)) break;
      return has_user ? std::optional(process) : std::nullopt;
    }
  }
  return std::nullopt;
}

bool MayChangeTables(const std::optional<Process>& process) {
  return process.has_value() && (process->capabilities & kNetAdmin) != 0;
}

// Whether any process of the user may: which of them has a socket, others cannot know.
bool HasProcessThatMayChangeTables(uid_t user) {
  std::error_code error;
  for (std::filesystem::directory_iterator i("/proc", error), end; !error && i != end;
       i.increment(error)) {
    if (!absl::ascii_isdigit(static_cast<unsigned char>(i->path().filename().string().front()))) {
      continue;
    }
    const std::optional<Process> process = ReadProcess(i->path().string());
    if (MayChangeTables(process) && process->user == user) return true;
  }
  return false;
}

struct Holder {
  bool may_be_daemon;
  std::string description;  // "process 7 of user 0"
};

bool IsUserOfDaemons(uid_t user) { return user == 0 || user == geteuid(); }

// Connecting is enough to know a process, nobody needs to accept; but it fails where the socket
// does not listen, or so many wait there that there is no room. None: there is none any more.
absl::StatusOr<std::optional<Holder>> FindHolder() {
  const Address address;
  ASSIGN_OR_RETURN(const UniqueFd fd, NewSocket());
  ucred process = {};
  socklen_t size = sizeof(process);
  if (connect(fd.get(), address.get(), address.size()) == 0 &&
      getsockopt(fd.get(), SOL_SOCKET, SO_PEERCRED, &process, &size) == 0) {
    return Holder{
        .may_be_daemon = IsUserOfDaemons(process.uid) ||
                         MayChangeTables(ReadProcess(absl::StrCat("/proc/", process.pid))),
        .description = absl::StrCat("process ", process.pid, " of user ", process.uid)};
  }
  ASSIGN_OR_RETURN(const std::optional<uid_t> user, netlink::UserOfUnixSocket(address.name()));
  if (!user) return std::nullopt;
  return Holder{.may_be_daemon = IsUserOfDaemons(*user) || HasProcessThatMayChangeTables(*user),
                .description = absl::StrCat("a process of user ", *user)};
}

}  // namespace

absl::StatusOr<NamespaceLock> NamespaceLock::Take(const base::Log& log) {
  const Address address;
  // Whoever has it may go at any time, and a daemon listens right behind its bind.
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    if (attempt > 0) absl::SleepFor(absl::Milliseconds(10));
    ASSIGN_OR_RETURN(UniqueFd fd, NewSocket());
    if (bind(fd.get(), address.get(), address.size()) == 0) {
      if (listen(fd.get(), SOMAXCONN) != 0) {
        return SystemError(errno, "listen on lock of namespace");
      }
      return NamespaceLock(std::move(fd));
    }
    if (errno != EADDRINUSE) return SystemError(errno, "lock network namespace");
    ASSIGN_OR_RETURN(const std::optional<Holder> holder, FindHolder());
    if (!holder) continue;
    if (holder->may_be_daemon) {
      return absl::FailedPreconditionError(absl::StrCat(
          "lock network namespace: another nftsvcd runs in it, ", holder->description));
    }
    log(base::Severity::kWarning,
        absl::StrCat(holder->description, " has the abstract socket \"", kName,
                     "\" but may not change tables; going on without this lock"));
    return NamespaceLock(UniqueFd());
  }
  // A daemon's would listen: this one is connected itself, or changes hands all the time.
  log(base::Severity::kWarning,
      absl::StrCat("somebody has the abstract socket \"", kName,
                   "\" and lets nobody connect to it; going on without this lock"));
  return NamespaceLock(UniqueFd());
}

}  // namespace nftsvc::daemon
