// SPDX-License-Identifier: Apache-2.0
#include "src/daemon/service_manager.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <cstdlib>

#include "src/control/unique_fd.h"
#include "src/control/unix_address.h"
#include "tests/control/temporary_directory.h"

namespace nftsvc::daemon {
namespace {

using ::testing::MatchesRegex;

// A service manager that listens.
class ServiceManagerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::string path = directory_ / "notify";
    const control::UnixAddress address = *control::UnixAddress::Of(path);
    ASSERT_EQ(bind(socket_.get(), address.get(), address.size()), 0);
    setenv("NOTIFY_SOCKET", path.c_str(), 1);
  }
  void TearDown() override { unsetenv("NOTIFY_SOCKET"); }

  std::string Heard() {
    std::array<char, 512> bytes;
    const ssize_t count = recv(socket_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    return std::string(bytes.data(), count > 0 ? static_cast<size_t>(count) : 0);
  }

  testing::TemporaryDirectory directory_;
  control::UniqueFd socket_{socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
};

TEST_F(ServiceManagerTest, IsToldOfEachStep) {
  NotifyReady();
  EXPECT_EQ(Heard(), "READY=1");
  NotifyStatus("Revision 7, 10 services");
  EXPECT_EQ(Heard(), "STATUS=Revision 7, 10 services");
  NotifyStopping();
  EXPECT_EQ(Heard(), "STOPPING=1");
}

TEST_F(ServiceManagerTest, AReloadSaysWhenItBegan) {
  NotifyReloading();
  EXPECT_THAT(Heard(), MatchesRegex("RELOADING=1\nMONOTONIC_USEC=[0-9]+"));
}

TEST_F(ServiceManagerTest, ThatNobodyListensIsNoTrouble) {
  unsetenv("NOTIFY_SOCKET");
  NotifyReady();
  EXPECT_EQ(Heard(), "");
}

}  // namespace
}  // namespace nftsvc::daemon
