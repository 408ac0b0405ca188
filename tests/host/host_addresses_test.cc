// SPDX-License-Identifier: Apache-2.0
#include "src/host/host_addresses.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <string>
#include <thread>

#include "tests/support/builders.h"

namespace nftsvc::host {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using testing::Ip;
using ::testing::IsEmpty;

// In a network namespace of the test's own: that of a thread that ends with it.
class InterfacesTest : public ::testing::Test {
 protected:
  void InNamespace(const std::string& setup,
                   const std::function<void(const config::HostAddresses&)>& look) {
    bool is_inside = false;
    std::thread([&] {
      is_inside = unshare(CLONE_NEWNET) == 0;
      if (!is_inside) return;
      ASSERT_EQ(std::system(setup.c_str()), 0) << setup;
      const absl::StatusOr<config::HostAddresses> addresses = ReadHostAddresses();
      ASSERT_TRUE(addresses.ok()) << addresses.status();
      look(*addresses);
    }).join();
    if (!is_inside) GTEST_SKIP() << "needs the right to make network namespaces";
  }
};

constexpr char kTwoInterfaces[] =
    "ip link set lo up && "
    "ip link add one type veth peer one-peer && ip link add two type veth peer two-peer && "
    "for name in one one-peer two two-peer; do ip link set $name up || exit; done && "
    "ip addr add 10.1.0.1/24 dev one && ip addr add 10.2.0.1/24 dev two && "
    "ip addr add fd00:1::1/64 dev one nodad && ip addr add fd00:2::1/64 dev two nodad";

TEST_F(InterfacesTest, WithoutADefaultRouteTheFirstAddressIsPrimary) {
  InNamespace(kTwoInterfaces, [](const config::HostAddresses& addresses) {
    EXPECT_THAT(addresses.primary, ElementsAre(Ip("10.1.0.1"), Ip("fd00:1::1")));
    for (const char* address : {"127.0.0.1", "10.1.0.1", "10.2.0.1", "::1", "fd00:2::1"}) {
      EXPECT_THAT(addresses.all, Contains(Ip(address)));
    }
    EXPECT_TRUE(std::is_sorted(addresses.all.begin(), addresses.all.end()));
  });
}

TEST_F(InterfacesTest, TheDefaultRouteSaysWhichAddressIsPrimary) {
  InNamespace(std::string(kTwoInterfaces) +
                  " && ip route add default via 10.2.0.254 && "
                  "ip -6 route add default via fd00:2::fe",
              [](const config::HostAddresses& addresses) {
                EXPECT_THAT(addresses.primary, ElementsAre(Ip("10.2.0.1"), Ip("fd00:2::1")));
              });
}

TEST_F(InterfacesTest, AHostWithNothingUpHasNoPrimaryAddress) {
  InNamespace("true", [](const config::HostAddresses& addresses) {
    EXPECT_THAT(addresses.primary, IsEmpty());
  });
}

}  // namespace
}  // namespace nftsvc::host
