// SPDX-License-Identifier: Apache-2.0
#include "src/daemon/loopback_routing.h"

#include <gmock/gmock.h>

#include <fstream>

#include "tests/daemon/own_namespace.h"

namespace nftsvc::daemon {
namespace {

using ::testing::IsEmpty;

constexpr char kFile[] = "/proc/sys/net/ipv4/conf/all/route_localnet";

class LoopbackRoutingTest : public OwnNamespaceTest {
 protected:
  void SetUp() override {
    OwnNamespaceTest::SetUp();
    if (!IsSkipped()) Set('0');
  }

  static void Set(char value) { std::ofstream(kFile) << value; }
  static char Value() { return static_cast<char>(std::ifstream(kFile).get()); }

  LoopbackRouting routing_{Log()};
};

TEST_F(LoopbackRoutingTest, IsAllowedAndTakenBack) {
  routing_.Allow();
  EXPECT_EQ(Value(), '1');
  routing_.Forbid();
  EXPECT_EQ(Value(), '0');
  EXPECT_THAT(log_, IsEmpty());
}

TEST_F(LoopbackRoutingTest, IsAllowedAgainWhenSomebodyForbidsIt) {
  routing_.Allow();
  Set('0');
  routing_.Allow();
  EXPECT_EQ(Value(), '1');
}

TEST_F(LoopbackRoutingTest, WhatSomebodyElseHasAllowedStays) {
  Set('1');
  routing_.Allow();
  routing_.Forbid();
  EXPECT_EQ(Value(), '1');
}

TEST_F(LoopbackRoutingTest, NothingIsForbiddenThatHasNotBeenAllowed) {
  Set('1');
  routing_.Forbid();
  EXPECT_EQ(Value(), '1');
}

TEST_F(LoopbackRoutingTest, WhatAnEarlierProcessAllowedIsTakenBack) {
  const std::string directory = ::testing::TempDir();
  routing_.RememberIn(directory);
  routing_.Allow();
  LoopbackRouting later(Log());
  later.RememberIn(directory);
  later.Forbid();
  EXPECT_EQ(Value(), '0');
  // And is forgotten then.
  Set('1');
  LoopbackRouting last(Log());
  last.RememberIn(directory);
  last.Forbid();
  EXPECT_EQ(Value(), '1');
}

TEST_F(LoopbackRoutingTest, WhatWasAllowedInAnotherNamespaceIsNoneOfOurs) {
  const std::string directory = ::testing::TempDir();
  std::ofstream(directory + "/route-localnet") << "another boot 4026531840\n";
  Set('1');
  routing_.RememberIn(directory);
  routing_.Forbid();
  EXPECT_EQ(Value(), '1');
}

TEST_F(LoopbackRoutingTest, AFailureIsToldOnce) {
  EXPECT_EQ(AsNobody([this] {
              routing_.Allow();
              routing_.Allow();
              return log_ ==
                             std::vector<std::string>{
                                 "set net.ipv4.conf.all.route_localnet: "
                                 "permission denied"}
                         ? 0
                         : 1;
            }),
            0);
  EXPECT_EQ(Value(), '0');
}

}  // namespace
}  // namespace nftsvc::daemon
