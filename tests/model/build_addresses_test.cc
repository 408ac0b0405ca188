// SPDX-License-Identifier: Apache-2.0
// Which addresses are refused is told in tests/wire/validate_story_test.cc.
#include "src/model/build_addresses.h"

#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/model/drafts.h"

namespace nftsvc::model {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(BuildAddressesTest, SortsAndKeepsEachOnce) {
  ServiceDraft draft;
  draft.cluster_ips = {"fd00::2", "10.0.0.10", "fd00:0::2", "10.0.0.9", "10.0.0.10"};
  draft.load_balancer_source_ranges = {"10.9.0.0/16", "10.0.0.0/8", "::/0", "10.1.2.3/8"};
  IssueCollector issues;
  Service service;
  BuildAddresses(draft, Path("s"), service, issues);
  EXPECT_THAT(service.cluster_ips, ElementsAre(Ip("10.0.0.9"), Ip("10.0.0.10"), Ip("fd00::2")));
  EXPECT_THAT(service.load_balancer_source_ranges,
              ElementsAre(base::IpPrefix(Ip("10.0.0.0"), 8), base::IpPrefix(Ip("10.9.0.0"), 16),
                          base::IpPrefix(Ip("::"), 0)));
  EXPECT_EQ(issues.count(), 0u);
}

TEST(BuildAddressesTest, KeepsWhatCanBeRead) {
  ServiceDraft draft;
  draft.cluster_ips = {"10.0.0.1", "10.0.0.x"};
  draft.external_ips = {"10.0.0.1", "10.0.0.2"};
  IssueCollector issues;
  Service service;
  BuildAddresses(draft, Path("s"), service, issues);
  EXPECT_THAT(service.cluster_ips, ElementsAre(Ip("10.0.0.1")));
  EXPECT_THAT(service.external_ips, ElementsAre(Ip("10.0.0.2")));
  EXPECT_THAT(Printed(std::move(issues).Take()),
              ElementsAre("s.cluster_ips[1]: \"10.0.0.x\" is not an IP address",
                          "s.external_ips[0]: 10.0.0.1 is in cluster_ips too"));
}

TEST(BuildAddressesTest, ReadsNothingOfAListThatIsTooLong) {
  ServiceDraft draft;
  draft.external_ips.assign(65, "x");
  IssueCollector issues;
  Service service;
  BuildAddresses(draft, Path("s"), service, issues);
  EXPECT_THAT(service.external_ips, IsEmpty());
  EXPECT_EQ(issues.count(), 1u);
}

}  // namespace
}  // namespace nftsvc::model
