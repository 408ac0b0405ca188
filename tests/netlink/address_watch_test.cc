// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/address_watch.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <cstdlib>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/netlink/net_namespace.h"

namespace nftsvc::netlink {
namespace {

class AddressWatchTest : public KernelTest {
 protected:
  void SetUp() override {
    KernelTest::SetUp();
    if (IsSkipped()) return;
    Run("ip link set lo up; ip link add one type veth peer name two; ip link set one up");
    absl::StatusOr<AddressWatch> opened = AddressWatch::Open();
    ASSERT_TRUE(opened.ok()) << opened.status();
    watch_.emplace(*std::move(opened));
    Quiet();
  }

  static void Run(const std::string& command) {
    ASSERT_EQ(std::system(command.c_str()), 0) << command;
  }

  // Until nothing comes any more: the kernel makes an interface's own address in its own time.
  void Quiet() {
    pollfd fd = {.fd = watch_->fd(), .events = POLLIN, .revents = 0};
    while (poll(&fd, 1, 300) > 0) watch_->TakeChange();
  }

  bool Hears(const std::string& command) {
    Run(command);
    pollfd fd = {.fd = watch_->fd(), .events = POLLIN, .revents = 0};
    bool changed = false;
    while (!changed && poll(&fd, 1, 300) > 0) changed = watch_->TakeChange();
    Quiet();
    return changed;
  }

  std::optional<AddressWatch> watch_;
};

TEST_F(AddressWatchTest, HearsOfAddressesAndRoutesInBothFamilies) {
  EXPECT_TRUE(Hears("ip addr add 192.0.2.1/24 dev one"));
  EXPECT_TRUE(Hears("ip addr add 2001:db8::1/64 dev one"));
  EXPECT_TRUE(Hears("ip route add default via 192.0.2.9"));
  EXPECT_TRUE(Hears("ip route replace default via 192.0.2.9 src 192.0.2.1"));
  EXPECT_TRUE(Hears("ip -6 route add default via 2001:db8::9"));
  EXPECT_TRUE(Hears("ip route del default"));
  EXPECT_TRUE(Hears("ip addr del 192.0.2.1/24 dev one"));
  EXPECT_TRUE(Hears("ip link del one"));
}

TEST_F(AddressWatchTest, HearsOfNothingElse) {
  EXPECT_FALSE(watch_->TakeChange());
  EXPECT_FALSE(Hears("ip link set one mtu 1400"));
  EXPECT_FALSE(Hears("ip route add local 198.51.100.1 dev lo"));
}

TEST_F(AddressWatchTest, WhatIsLostCountsAsAChangeAndEndsNothing) {
  // More than the socket has room for.
  const std::string many =
      "for i in $(seq 5000); do echo addr add 10.$((i / 250)).$((i % 250)).1/32 dev one; done "
      "| ip -batch -";
  EXPECT_TRUE(Hears(many));
  EXPECT_TRUE(Hears("ip addr add 192.0.2.1/24 dev one"));
}

}  // namespace
}  // namespace nftsvc::netlink
