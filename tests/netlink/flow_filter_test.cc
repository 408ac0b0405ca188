// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/flow_filter.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tests/support/builders.h"

namespace nftsvc::netlink {
namespace {

using forwarding::FlowRule;

std::string EndText(const std::optional<base::IpAddress>& address, std::optional<uint16_t> port) {
  return absl::StrCat(address.has_value() ? address->ToString() : "*", ":",
                      port.has_value() ? absl::StrCat(*port) : "*");
}

// "v4 udp 10.96.0.10:53 > *:*", line by line.
std::string Text(const std::vector<FlowFilter>& filters) {
  return absl::StrJoin(filters, "\n", [](std::string* out, const FlowFilter& f) {
    absl::StrAppend(out, f.family == base::Family::kIPv4 ? "v4 " : "v6 ",
                    base::ProtocolName(f.protocol), " ", EndText(f.dialled_address, f.dialled_port),
                    " > ", EndText(f.reached_address, f.reached_port));
  });
}

FlowRule Rule(const std::vector<std::string>& frontends, FlowRule::Stale stale,
              const std::vector<std::string>& endpoints) {
  FlowRule rule;
  rule.frontends = testing::AtEach(frontends);
  rule.stale = stale;
  rule.endpoints = testing::AtEach(endpoints);
  return rule;
}

FlowRule At(const std::vector<std::string>& endpoints, const std::vector<std::string>& frontends) {
  return Rule(frontends, FlowRule::Stale::kAtThese, endpoints);
}

FlowRule NotAt(const std::vector<std::string>& endpoints,
               const std::vector<std::string>& frontends) {
  return Rule(frontends, FlowRule::Stale::kAtOthers, endpoints);
}

std::string FiltersText(const std::vector<FlowRule>& rules, size_t most) {
  return Text(FiltersFor(rules, most));
}

TEST(FlowFilterTest, NoRulesNeedNoFilters) {
  EXPECT_EQ(FiltersText({}, 8), "");
  EXPECT_EQ(FiltersText({NotAt({}, {})}, 8), "");
}

TEST(FlowFilterTest, OneFrontendIsAskedForByItself) {
  EXPECT_EQ(FiltersText({NotAt({"10.0.0.2:53"}, {"10.96.0.10:53"})}, 8),
            "v4 udp 10.96.0.10:53 > *:*");
}

TEST(FlowFilterTest, RemovedEndpointsAreAskedForOneByOne) {
  EXPECT_EQ(FiltersText({At({"10.0.0.2:53", "10.0.0.3:5353"}, {"10.96.0.10:53"})}, 8),
            "v4 udp 10.96.0.10:53 > 10.0.0.2:53\n"
            "v4 udp 10.96.0.10:53 > 10.0.0.3:5353");
}

TEST(FlowFilterTest, FrontendsOnOnePortAreAskedForTogether) {
  const std::vector<std::string> frontends = {"10.96.0.10:53", "192.168.0.2:30053",
                                              "203.0.113.1:53"};
  EXPECT_EQ(FiltersText({NotAt({}, frontends)}, 8),
            "v4 udp *:53 > *:*\n"
            "v4 udp 192.168.0.2:30053 > *:*");
  EXPECT_EQ(FiltersText({At({"10.0.0.2:53"}, frontends)}, 8), "v4 udp *:* > 10.0.0.2:53");
}

TEST(FlowFilterTest, AddressesOfIpv6AreLeftOut) {
  EXPECT_EQ(FiltersText({At({"[fd00:10::2]:5353"}, {"[fd00::a]:53"})}, 8), "v6 udp *:53 > *:5353");
  EXPECT_EQ(FiltersText({At({"[fd00:10::2]:5353", "[fd00:10::3]:5353"}, {"[fd00::a]:53"})}, 8),
            "v6 udp *:53 > *:5353")
      << "one filter, though two endpoints";
}

TEST(FlowFilterTest, ARuleThatTakesTooManyFiltersGetsWhatTheyHaveInCommon) {
  EXPECT_EQ(FiltersText({At({"10.0.0.2:53", "10.0.0.3:53", "10.0.0.4:53"}, {"10.96.0.10:53"})}, 2),
            "v4 udp 10.96.0.10:53 > *:53");
  EXPECT_EQ(FiltersText({At({"10.0.0.2:53", "10.0.0.3:53", "10.0.0.4:53"}, {"10.96.0.10:53"}),
                         NotAt({}, {"10.96.0.11:54"})},
                        2),
            "v4 udp 10.96.0.10:53 > *:53\n"
            "v4 udp 10.96.0.11:54 > *:*");
}

TEST(FlowFilterTest, RulesThatTakeTooManyFiltersGetOneForEachFamilyAndProtocol) {
  std::vector<FlowRule> rules = {NotAt({}, {"10.96.0.10:53"}), NotAt({}, {"10.96.0.11:53"}),
                                 NotAt({}, {"[fd00::a]:53"}), NotAt({}, {"10.96.0.11:80"})};
  rules[3].protocol = base::Protocol::kTcp;
  EXPECT_EQ(FiltersText(rules, 4),
            "v4 udp 10.96.0.10:53 > *:*\n"
            "v4 udp 10.96.0.11:53 > *:*\n"
            "v6 udp *:53 > *:*\n"
            "v4 tcp 10.96.0.11:80 > *:*");
  EXPECT_EQ(FiltersText(rules, 3),
            "v4 udp *:53 > *:*\n"
            "v6 udp *:53 > *:*\n"
            "v4 tcp 10.96.0.11:80 > *:*");
  rules.push_back(NotAt({}, {"10.96.0.11:54"}));
  EXPECT_EQ(FiltersText(rules, 1),
            "v4 udp *:* > *:*\n"
            "v6 udp *:53 > *:*\n"
            "v4 tcp 10.96.0.11:80 > *:*");
}

TEST(FlowFilterTest, TheSameFilterIsUsedOnce) {
  EXPECT_EQ(FiltersText({At({"[fd00:10::2]:53"}, {"[fd00::a]:53"}),
                         At({"[fd00:10::3]:53"}, {"[fd00::b]:53"})},
                        1),
            "v6 udp *:53 > *:53");
}

}  // namespace
}  // namespace nftsvc::netlink
