// SPDX-License-Identifier: Apache-2.0
#include "src/daemon/namespace_lock.h"

#include <gmock/gmock.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "src/control/unique_fd.h"
#include "tests/daemon/own_namespace.h"

namespace nftsvc::daemon {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class NamespaceLockTest : public OwnNamespaceTest {
 protected:
  std::string Take() {
    absl::StatusOr<NamespaceLock> lock = NamespaceLock::Take(Log());
    if (!lock.ok()) return std::string(lock.status().message());
    lock_.emplace(*std::move(lock));
    return "taken";
  }

  std::optional<NamespaceLock> lock_;
};

TEST_F(NamespaceLockTest, OneHasItAtATime) {
  ASSERT_EQ(Take(), "taken");
  EXPECT_EQ(NamespaceLock::Take(Log()).status(),
            absl::FailedPreconditionError(
                absl::StrCat("lock network namespace: another nftsvcd runs in it, process ",
                             getpid(), " of user ", geteuid())));
  lock_.reset();
  EXPECT_EQ(Take(), "taken");
  EXPECT_THAT(log_, IsEmpty());
}

TEST_F(NamespaceLockTest, EachNamespaceHasItsOwn) {
  ASSERT_EQ(Take(), "taken");
  const std::optional<NamespaceLock> first = std::move(lock_);
  ASSERT_EQ(unshare(CLONE_NEWNET), 0);
  EXPECT_EQ(Take(), "taken");
}

TEST_F(NamespaceLockTest, WhoIsNobodyIsRefusedByADaemonOfRoot) {
  ASSERT_EQ(Take(), "taken");
  EXPECT_EQ(AsNobody([this] { return absl::StrContains(Take(), "another nftsvcd") ? 0 : 1; }), 0);
}

// A process of nobody's that has the name of the lock, and does `then` with its socket before it
// sleeps.
class Squatter {
 public:
  explicit Squatter(const std::function<bool(int fd)>& then, bool may_change_tables = false) {
    int ready[2];
    EXPECT_EQ(pipe(ready), 0);
    pid_ = fork();
    if (pid_ == 0) {
      if (may_change_tables) prctl(PR_SET_KEEPCAPS, 1);
      const bool is_nobody =
          setresuid(65534, 65534, 65534) == 0 && (!may_change_tables || RaiseNetAdmin());
      const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
      const auto* address = reinterpret_cast<const sockaddr*>(&kLock);
      if (!is_nobody || bind(fd, address, kLockSize) != 0 || !then(fd) ||
          write(ready[1], "x", 1) != 1) {
        _exit(1);
      }
      pause();
      _exit(0);
    }
    close(ready[1]);
    char byte = 0;
    EXPECT_EQ(read(ready[0], &byte, 1), 1);
    close(ready[0]);
  }
  Squatter(const Squatter&) = delete;
  ~Squatter() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }

  pid_t pid() const { return pid_; }

  // Connects until there is no more room.
  static bool Fill(int fd) {
    if (listen(fd, 0) != 0) return false;
    const auto* address = reinterpret_cast<const sockaddr*>(&kLock);
    for (int i = 0; i < 100; ++i) {
      if (connect(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0), address, kLockSize) != 0) {
        return errno == EAGAIN;
      }
    }
    return false;
  }

 private:
  static constexpr sockaddr_un kLock = {.sun_family = AF_UNIX, .sun_path = "\0nftsvcd"};
  static constexpr socklen_t kLockSize = offsetof(sockaddr_un, sun_path) + sizeof("\0nftsvcd") - 1;

  // What setresuid(2) has left permitted becomes effective.
  static bool RaiseNetAdmin() {
    __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    __user_cap_data_struct data[2] = {};
    data[0].permitted = data[0].effective = 1U << CAP_NET_ADMIN;
    return syscall(SYS_capset, &header, data) == 0;
  }

  pid_t pid_ = 0;
};

TEST_F(NamespaceLockTest, AProcessThatCouldNotBeADaemonIsNoneAndIsTold) {
  const Squatter squatter([](int fd) { return listen(fd, 1) == 0; });
  EXPECT_EQ(Take(), "taken");
  EXPECT_THAT(log_,
              ElementsAre(HasSubstr(absl::StrCat("process ", squatter.pid(), " of user 65534"))));
}

TEST_F(NamespaceLockTest, AProcessThatDoesNotListenIsTheSame) {
  const Squatter squatter([](int) { return true; });
  EXPECT_EQ(Take(), "taken");
  EXPECT_THAT(log_, ElementsAre(HasSubstr("a process of user 65534")));
}

TEST_F(NamespaceLockTest, AProcessToWhichNobodyCanConnectIsTheSame) {
  const Squatter squatter(Squatter::Fill);
  EXPECT_EQ(Take(), "taken");
  EXPECT_THAT(log_, ElementsAre(HasSubstr("a process of user 65534")));
}

TEST_F(NamespaceLockTest, AProcessThatIsConnectedToItselfIsTheSame) {
  const Squatter squatter([](int fd) {
    // The name goes from one that listens to one that is connected.
    const sockaddr_un other = {.sun_family = AF_UNIX, .sun_path = "\0other"};
    const auto* address = reinterpret_cast<const sockaddr*>(&other);
    const socklen_t size = offsetof(sockaddr_un, sun_path) + sizeof("\0other") - 1;
    const int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    return bind(listener, address, size) == 0 && listen(listener, 1) == 0 &&
           connect(fd, address, size) == 0;
  });
  EXPECT_EQ(Take(), "taken");
  EXPECT_THAT(log_, ElementsAre(HasSubstr("lets nobody connect to it")));
}

// The packaged daemon has a user of its own, and root may start another one by hand.
TEST_F(NamespaceLockTest, ADaemonOfAnotherUserToWhichNobodyCanConnectIsADaemon) {
  const Squatter daemon(Squatter::Fill,
                        /*may_change_tables=*/true);
  EXPECT_EQ(NamespaceLock::Take(Log()).status().message(),
            "lock network namespace: another nftsvcd runs in it, a process of user 65534");
}

// As anybody can make of a daemon, whose lock accepts nobody.
TEST_F(NamespaceLockTest, ADaemonToWhichNobodyCanConnectIsADaemon) {
  ASSERT_EQ(Take(), "taken");
  const sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "\0nftsvcd"};
  const socklen_t size = offsetof(sockaddr_un, sun_path) + sizeof("\0nftsvcd") - 1;
  std::vector<control::UniqueFd> fds;
  int result = 0;
  while (result == 0 && fds.size() < 10'000) {
    fds.emplace_back(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0));
    result = connect(fds.back().get(), reinterpret_cast<const sockaddr*>(&name), size);
    if (fds.size() > 500) fds.clear();  // what is closed waits all the same
  }
  ASSERT_EQ(errno, EAGAIN);
  EXPECT_EQ(NamespaceLock::Take(Log()).status().message(),
            absl::StrCat("lock network namespace: another nftsvcd runs in it, a process of user ",
                         geteuid()));
}

}  // namespace
}  // namespace nftsvc::daemon
