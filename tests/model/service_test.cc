// SPDX-License-Identifier: Apache-2.0
#include "src/model/service.h"

#include "gtest/gtest.h"
#include "tests/model/drafts.h"

namespace nftsvc::model {
namespace {

using base::Family;

TEST(ServiceNameTest, PrintsTheNamespaceOnlyIfThereIsOne) {
  EXPECT_EQ((ServiceName{"default", "web"}.ToString()), "default/web");
  EXPECT_EQ((ServiceName{"", "web"}.ToString()), "web");
}

TEST(HasNodePortsInTest, FollowsTheFamiliesOfTheClusterIps) {
  const ServicePtr v4 = WebService("a", {"10.0.0.1"});
  EXPECT_TRUE(HasNodePortsIn(*v4, Family::kIPv4));
  EXPECT_FALSE(HasNodePortsIn(*v4, Family::kIPv6));
  const ServicePtr both = WebService("a", {"10.0.0.1", "fd00::1"});
  EXPECT_TRUE(HasNodePortsIn(*both, Family::kIPv4));
  EXPECT_TRUE(HasNodePortsIn(*both, Family::kIPv6));
}

TEST(HasNodePortsInTest, IsTrueForBothFamiliesWithoutClusterIps) {
  Service service;
  service.external_ips = {Ip("10.0.0.1")};
  EXPECT_TRUE(HasNodePortsIn(service, Family::kIPv4));
  EXPECT_TRUE(HasNodePortsIn(service, Family::kIPv6));
}

TEST(SharedPlacementTest, ComparesByValueAndIsNeverNull) {
  const SharedPlacement a = Placement{.node = "n"};
  const SharedPlacement b = Placement{.node = "n"};
  const SharedPlacement none;
  EXPECT_TRUE(a == b);
  EXPECT_FALSE(a == none);
  EXPECT_TRUE(none == SharedPlacement(Placement()));
  EXPECT_EQ(a->node, "n");
  EXPECT_EQ(none->node, "");
}

TEST(EndpointTest, IsSmallBecauseThereAreHundredsOfThousands) { EXPECT_LE(sizeof(Endpoint), 56u); }

}  // namespace
}  // namespace nftsvc::model
