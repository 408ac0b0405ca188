// SPDX-License-Identifier: Apache-2.0
#include "src/control/listener.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "src/base/status_macros.h"
#include "src/control/system_error.h"
#include "src/control/unix_address.h"

namespace nftsvc::control {
namespace {

absl::Status Failure(absl::string_view what, absl::string_view path) {
  return SystemError(errno, absl::StrCat(what, " ", path));
}

absl::StatusOr<UniqueFd> NewSocket() {
  UniqueFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.is_open()) return SystemError(errno, "make unix socket");
  return fd;
}

// Whoever can write to the directory can put a socket of his own in the place of ours. A sticky
// one, such as /tmp, lets nobody remove what is another's.
absl::Status CheckDirectory(const std::string& directory) {
  struct stat found;
  if (stat(directory.c_str(), &found) != 0) return Failure("look at", directory);
  if ((found.st_mode & S_IWOTH) != 0 && (found.st_mode & S_ISVTX) == 0) {
    return absl::FailedPreconditionError(absl::StrCat(
        "listen in ", directory, ": everybody may write to it and put another socket there"));
  }
  return absl::OkStatus();
}

// With the mode it should have, whatever the umask.
absl::Status MakeDirectoryOf(const std::string& path) {
  const std::string directory = path.substr(0, path.rfind('/'));
  if (directory.empty()) return absl::OkStatus();
  if (mkdir(directory.c_str(), 0700) == 0) {
    return chmod(directory.c_str(), 0755) == 0 ? absl::OkStatus()
                                               : Failure("set mode of", directory);
  }
  if (errno != EEXIST) return Failure("make directory", directory);
  return CheckDirectory(directory);
}

// Removes the socket that an earlier process left behind.
absl::Status RemoveStale(const std::string& path, const UnixAddress& address) {
  struct stat found;
  if (lstat(path.c_str(), &found) != 0) return Failure("look at", path);
  if (!S_ISSOCK(found.st_mode)) {
    return absl::FailedPreconditionError(absl::StrCat("listen on ", path, ": not a socket"));
  }
  ASSIGN_OR_RETURN(const UniqueFd probe, NewSocket());
  if (connect(probe.get(), address.get(), address.size()) == 0 || errno == EAGAIN) {
    return absl::FailedPreconditionError(absl::StrCat("another nftsvcd answers on ", path));
  }
  if (errno != ECONNREFUSED) return Failure("connect", path);
  if (unlink(path.c_str()) != 0) return Failure("remove stale socket", path);
  return absl::OkStatus();
}

// bind(2) makes the file with the modes that the umask leaves: none but the owner's, so that
// nobody gets at the socket before its owner and mode are set.
int BindPrivately(const UniqueFd& fd, const UnixAddress& address) {
  const mode_t old_mask = umask(0177);
  const int result = bind(fd.get(), address.get(), address.size());
  const int error = errno;
  umask(old_mask);
  errno = error;
  return result;
}

absl::Status Bind(const UniqueFd& fd, const std::string& path) {
  ASSIGN_OR_RETURN(const UnixAddress address, UnixAddress::Of(path));
  RETURN_IF_ERROR(MakeDirectoryOf(path));
  if (BindPrivately(fd, address) == 0) return absl::OkStatus();
  if (errno != EADDRINUSE) return Failure("listen on", path);
  RETURN_IF_ERROR(RemoveStale(path, address));
  if (BindPrivately(fd, address) == 0) return absl::OkStatus();
  return Failure("listen on", path);
}

// Asks for nothing that it has already: the sandbox of nftsvcd.service forbids to change owners,
// and a daemon whose group is the right one need not.
absl::Status GiveToGroup(const std::string& path, gid_t group) {
  struct stat found;
  if (lstat(path.c_str(), &found) != 0) return Failure("look at", path);
  if (found.st_gid == group || chown(path.c_str(), uid_t(-1), group) == 0) return absl::OkStatus();
  const int error = errno;
  return SystemError(
      error, absl::StrCat("give ", path, " to group ", group,
                          error == EPERM ? " (a unit of systemd can run the daemon with this "
                                           "group: [Service] Group=)"
                                         : ""));
}

// The socket that systemd made for us, if it did.
absl::StatusOr<UniqueFd> PassedSocket() {
  const int count = sd_listen_fds(/*unset_environment=*/1);
  if (count < 0) return SystemError(-count, "take sockets passed by systemd");
  if (count == 0) return UniqueFd();
  if (count > 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("take socket passed by systemd: got ", count, " sockets"));
  }
  UniqueFd fd(SD_LISTEN_FDS_START);
  if (sd_is_socket_unix(fd.get(), SOCK_STREAM, /*listening=*/1, nullptr, 0) <= 0) {
    return absl::InvalidArgumentError(
        "take socket passed by systemd: not a listening unix stream socket");
  }
  if (fcntl(fd.get(), F_SETFL, O_NONBLOCK) != 0) return Failure("unblock", "passed socket");
  return fd;
}

}  // namespace

absl::StatusOr<Listener> Listener::Open(const ListenOptions& options) {
  ASSIGN_OR_RETURN(UniqueFd passed, PassedSocket());
  if (passed.is_open()) return Listener(std::move(passed), "");

  const std::string& path = options.path;
  ASSIGN_OR_RETURN(UniqueFd fd, NewSocket());
  RETURN_IF_ERROR(Bind(fd, path));
  Listener listener(std::move(fd), path);
  if (options.group) RETURN_IF_ERROR(GiveToGroup(path, *options.group));
  if (chmod(path.c_str(), options.mode) != 0) return Failure("set mode of", path);
  if (listen(listener.fd(), SOMAXCONN) != 0) return Failure("listen on", path);
  return listener;
}

Listener::~Listener() {
  if (fd_.is_open() && !own_path_.empty()) unlink(own_path_.c_str());
}

}  // namespace nftsvc::control
