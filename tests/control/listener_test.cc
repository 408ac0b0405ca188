// SPDX-License-Identifier: Apache-2.0
#include "src/control/listener.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <systemd/sd-daemon.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "src/control/unix_address.h"
#include "tests/control/temporary_directory.h"

namespace nftsvc::control {
namespace {

class ListenerTest : public ::testing::Test {
 protected:
  static struct stat StatOf(const std::string& path) {
    struct stat found = {};
    EXPECT_EQ(lstat(path.c_str(), &found), 0) << path;
    return found;
  }

  // A socket that is bound to the path, and listens if told so.
  UniqueFd BindTo(const std::string& path, bool listens) {
    UniqueFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const UnixAddress address = *UnixAddress::Of(path);
    EXPECT_EQ(bind(fd.get(), address.get(), address.size()), 0);
    if (listens) {
      EXPECT_EQ(listen(fd.get(), 5), 0);
    }
    return fd;
  }

  testing::TemporaryDirectory directory_;
};

TEST_F(ListenerTest, MakesItsDirectoryAndTheSocketWithItsMode) {
  const std::string path = directory_ / "run/control.sock";
  const auto listener = Listener::Open({.path = path, .mode = 0640, .group = std::nullopt});
  ASSERT_TRUE(listener.ok()) << listener.status();
  EXPECT_EQ(StatOf(directory_ / "run").st_mode & 0777, mode_t{0755});
  EXPECT_TRUE(S_ISSOCK(StatOf(path).st_mode));
  EXPECT_EQ(StatOf(path).st_mode & 0777, mode_t{0640});
}

TEST_F(ListenerTest, GivesTheSocketToItsGroup) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give files to other groups";
  const std::string path = directory_ / "control.sock";
  const auto listener = Listener::Open({.path = path, .mode = 0660, .group = 12345});
  ASSERT_TRUE(listener.ok()) << listener.status();
  EXPECT_EQ(StatOf(path).st_gid, gid_t{12345});
}

TEST_F(ListenerTest, AGroupThatTheSocketHasAlreadyNeedsNoRightToChangeIt) {
  const std::string path = directory_ / "control.sock";
  const auto listener = Listener::Open({.path = path, .mode = 0660, .group = getegid()});
  ASSERT_TRUE(listener.ok()) << listener.status();
  EXPECT_EQ(StatOf(path).st_gid, getegid());
}

TEST_F(ListenerTest, MakesItsDirectoryWithItsModeWhateverTheUmask) {
  const mode_t before = umask(0077);
  const auto listener = Listener::Open({.path = directory_ / "run/control.sock"});
  umask(before);
  ASSERT_TRUE(listener.ok()) << listener.status();
  EXPECT_EQ(StatOf(directory_ / "run").st_mode & 07777, mode_t{0755});
}

TEST_F(ListenerTest, LeavesADirectoryAloneInWhichAnybodyCouldPutAnotherSocket) {
  const std::string run = directory_ / "run";
  std::filesystem::create_directory(run);
  ASSERT_EQ(chmod(run.c_str(), 0777), 0);
  const absl::Status status = Listener::Open({.path = run + "/control.sock"}).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_TRUE(std::filesystem::is_empty(run));
  // As /tmp is: there, nobody can take away what is another's.
  ASSERT_EQ(chmod(run.c_str(), 01777), 0);
  EXPECT_TRUE(Listener::Open({.path = run + "/control.sock"}).ok());
}

TEST_F(ListenerTest, RemovesItsSocketWhenItGoes) {
  const std::string path = directory_ / "control.sock";
  { ASSERT_TRUE(Listener::Open({.path = path}).ok()); }
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(ListenerTest, ReplacesASocketThatNobodyAnswersOn) {
  const std::string path = directory_ / "control.sock";
  { const UniqueFd stale = BindTo(path, /*listens=*/true); }
  const auto listener = Listener::Open({.path = path});
  ASSERT_TRUE(listener.ok()) << listener.status();
  const UniqueFd client(socket(AF_UNIX, SOCK_STREAM, 0));
  const UnixAddress address = *UnixAddress::Of(path);
  EXPECT_EQ(connect(client.get(), address.get(), address.size()), 0);
}

TEST_F(ListenerTest, LeavesASocketAloneOnWhichSomebodyAnswers) {
  const std::string path = directory_ / "control.sock";
  const UniqueFd other = BindTo(path, /*listens=*/true);
  const absl::Status status = Listener::Open({.path = path}).status();
  EXPECT_EQ(status,
            absl::FailedPreconditionError(absl::StrCat("another nftsvcd answers on ", path)));
  EXPECT_TRUE(std::filesystem::exists(path));
}

TEST_F(ListenerTest, LeavesAFileAloneThatIsNoSocket) {
  const std::string path = directory_ / "control.sock";
  std::ofstream(path) << "precious";
  const absl::Status status = Listener::Open({.path = path}).status();
  EXPECT_EQ(status,
            absl::FailedPreconditionError(absl::StrCat("listen on ", path, ": not a socket")));
  EXPECT_EQ(std::filesystem::file_size(path), 8u);
}

TEST_F(ListenerTest, NamesThePathThatIsTooLongForASocket) {
  const std::string path = directory_ / std::string(200, 'x');
  const absl::Status status = Listener::Open({.path = path}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(), absl::StrCat("socket path \"", path, "\": not 1 to 107 bytes long"));
}

TEST_F(ListenerTest, NamesTheDirectoryThatCannotBeMade) {
  const absl::Status status =
      Listener::Open({.path = directory_ / "no/such/control.sock"}).status();
  EXPECT_EQ(status.message(),
            absl::StrCat("make directory ", directory_ / "no/such", ": no such file or directory"));
}

// The service manager's sockets are those from number 3 on, so that another process has to play.
TEST_F(ListenerTest, TakesTheSocketThatTheServiceManagerPasses) {
  const std::string path = directory_ / "control.sock";
  const UniqueFd passed = BindTo(path, /*listens=*/true);
  const pid_t child = fork();
  if (child == 0) {
    dup2(passed.get(), SD_LISTEN_FDS_START);
    setenv("LISTEN_FDS", "1", 1);
    setenv("LISTEN_PID", absl::StrCat(getpid()).c_str(), 1);
    const auto listener = Listener::Open({.path = "/nowhere/control.sock"});
    _exit(listener.ok() && listener->fd() == SD_LISTEN_FDS_START ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(std::filesystem::exists(path));
}

TEST_F(ListenerTest, RefusesWhatTheServiceManagerPassesIfItIsNoListeningSocket) {
  const UniqueFd passed = BindTo(directory_ / "control.sock", /*listens=*/false);
  const pid_t child = fork();
  if (child == 0) {
    dup2(passed.get(), SD_LISTEN_FDS_START);
    setenv("LISTEN_FDS", "1", 1);
    setenv("LISTEN_PID", absl::StrCat(getpid()).c_str(), 1);
    const absl::Status status = Listener::Open({.path = "/nowhere/control.sock"}).status();
    _exit(absl::IsInvalidArgument(status) ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace nftsvc::control
