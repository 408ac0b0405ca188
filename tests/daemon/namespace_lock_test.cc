// SPDX-License-Identifier: Apache-2.0
#include "src/daemon/namespace_lock.h"

#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <csignal>
#include <cstddef>
#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
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
            absl::FailedPreconditionError(absl::StrCat(
                "lock network namespace: another nftsvcd runs in it, process ", getpid())));
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

TEST_F(NamespaceLockTest, AProcessThatCouldNotBeADaemonIsNoneAndIsTold) {
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t squatter = fork();
  if (squatter == 0) {
    const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    const sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "\0nftsvcd"};
    const socklen_t size = offsetof(sockaddr_un, sun_path) + sizeof("\0nftsvcd") - 1;
    if (setresuid(65534, 65534, 65534) != 0 ||
        bind(fd, reinterpret_cast<const sockaddr*>(&name), size) != 0 || listen(fd, 1) != 0 ||
        write(ready[1], "x", 1) != 1) {
      _exit(1);
    }
    pause();
    _exit(0);
  }
  close(ready[1]);
  char byte = 0;
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  EXPECT_EQ(Take(), "taken");
  EXPECT_THAT(log_, ElementsAre(HasSubstr(absl::StrCat("process ", squatter, " of user 65534"))));
  kill(squatter, SIGKILL);
  waitpid(squatter, nullptr, 0);
  close(ready[0]);
}

}  // namespace
}  // namespace nftsvc::daemon
