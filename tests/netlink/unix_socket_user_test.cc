// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/unix_socket_user.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/netlink/net_namespace.h"

namespace nftsvc::netlink {
namespace {

// Abstract sockets, which belong to the network namespace of each test.
class UnixSocketUserTest : public KernelTest {
 protected:
  void TearDown() override {
    for (const int fd : fds_) close(fd);
  }

  static sockaddr_un AddressOf(const std::string& name) {
    sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = {}};
    std::memcpy(address.sun_path, name.data(), name.size());
    return address;
  }

  int Bind(const std::string& name) {
    const sockaddr_un address = AddressOf(name);
    fds_.push_back(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(bind(fds_.back(), reinterpret_cast<const sockaddr*>(&address), SizeOf(name)), 0);
    return fds_.back();
  }

  void Connect(const std::string& name) {
    const sockaddr_un address = AddressOf(name);
    fds_.push_back(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(connect(fds_.back(), reinterpret_cast<const sockaddr*>(&address), SizeOf(name)), 0);
  }

  static socklen_t SizeOf(const std::string& name) {
    return static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
  }

  static std::string UserOf(const std::string& name) {
    const auto user = UserOfUnixSocket(name);
    if (!user.ok()) return std::string(user.status().message());
    return user->has_value() ? absl::StrCat(**user) : "none";
  }

  const std::string name_{"\0nftsvcd", 8};
  std::vector<int> fds_;
};

TEST_F(UnixSocketUserTest, ThereIsNone) {
  EXPECT_EQ(UserOf(name_), "none");
  Bind(name_ + "2");
  Bind(name_.substr(0, 7));
  EXPECT_EQ(UserOf(name_), "none");
}

TEST_F(UnixSocketUserTest, IsKnownWhetherOrNotItListens) {
  const int fd = Bind(name_);
  EXPECT_EQ(UserOf(name_), absl::StrCat(geteuid()));
  ASSERT_EQ(listen(fd, 1), 0);
  EXPECT_EQ(UserOf(name_), absl::StrCat(geteuid()));
}

// A connection that waits to be accepted has the name of the socket that listens, and the user who
// connected.
TEST_F(UnixSocketUserTest, IsNotThatOfAClient) {
  EXPECT_EQ(InChild([this] {
              const int fd = Bind(name_);
              if (listen(fd, 10) != 0 || seteuid(65534) != 0) return std::string("cannot begin");
              for (int i = 0; i < 5; ++i) Connect(name_);
              return UserOf(name_);
            }),
            absl::StrCat(geteuid()));
}

TEST_F(UnixSocketUserTest, IsFoundAmongThousands) {
  for (int i = 0; i < 900; ++i) Bind(name_ + std::to_string(i));
  EXPECT_EQ(UserOf(name_), "none");
  Bind(name_);
  EXPECT_EQ(UserOf(name_), absl::StrCat(geteuid()));
}

}  // namespace
}  // namespace nftsvc::netlink
