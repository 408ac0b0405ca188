// SPDX-License-Identifier: Apache-2.0
#include "src/kubernetes/parse_address.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"

namespace nftsvc::kubernetes {
namespace {

std::string Address(absl::string_view text) {
  const auto address = ParseAddress(text);
  return address.has_value() ? address->ToString() : "none";
}

std::string Prefix(absl::string_view text) {
  const auto prefix = ParsePrefix(text);
  if (!prefix.has_value()) return "none";
  return absl::StrCat(prefix->address().ToString(), "/", prefix->length());
}

TEST(ParseAddressTest, LeadingZerosAreDecimal) {
  EXPECT_EQ(Address("172.30.0.41"), "172.30.0.41");
  EXPECT_EQ(Address("172.30.0.041"), "172.30.0.41");
  EXPECT_EQ(Address("010.000.0008.00"), "10.0.8.0");
  EXPECT_EQ(Address("fd00:0:0:0::00001"), "fd00::1");
  EXPECT_EQ(Address("fd00::0a:00ff"), "fd00::a:ff");
  EXPECT_EQ(Address("::"), "::");
  EXPECT_EQ(Address("0.0.0.0"), "0.0.0.0");
}

TEST(ParseAddressTest, MappedAddressesAreIpv4) {
  EXPECT_EQ(Address("::ffff:10.0.0.1"), "10.0.0.1");
  EXPECT_EQ(Address("::ffff:010.0.0.01"), "10.0.0.1");
  EXPECT_EQ(Address("::ffff:a00:1"), "10.0.0.1");
  EXPECT_EQ(Address("::fffe:a00:1"), "::fffe:a00:1");
  EXPECT_EQ(Address("1::ffff:a00:1"), "1::ffff:a00:1");
}

TEST(ParseAddressTest, OtherTextsAreNoAddresses) {
  for (const char* text : {"", " 10.0.0.1", "10.0.0.1 ", "10.0.0", "10.0.0.256", "0x0a.0.0.1",
                           "10.0.0.1/32", "fe80::1%eth0", "None", "0", "00000", "a"}) {
    EXPECT_EQ(Address(text), "none") << text;
  }
}

TEST(ParsePrefixTest, LeadingZerosAreDecimal) {
  EXPECT_EQ(Prefix("203.0.113.0/24"), "203.0.113.0/24");
  EXPECT_EQ(Prefix("203.0.113.000/025"), "203.0.113.0/25");
  EXPECT_EQ(Prefix("0.0.0.0/00"), "0.0.0.0/0");
  EXPECT_EQ(Prefix("fd00:10::/0064"), "fd00:10::/64");
}

TEST(ParsePrefixTest, BitsBehindTheLengthAreCleared) {
  EXPECT_EQ(Prefix("10.1.2.3/8"), "10.0.0.0/8");
}

TEST(ParsePrefixTest, MappedPrefixesAreIpv4WhereTheyFixTheMapping) {
  EXPECT_EQ(Prefix("::ffff:10.0.0.0/104"), "10.0.0.0/8");
  EXPECT_EQ(Prefix("::ffff:10.0.0.0/96"), "0.0.0.0/0");
  EXPECT_EQ(Prefix("::ffff:10.0.0.0/95"), "::fffe:0:0/95");
}

TEST(ParsePrefixTest, BareAddressesAndOtherTextsAreNone) {
  for (const char* text : {"10.0.0.1", "", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/8/8",
                           "10.0.0.0/-1", "fd00::/129"}) {
    EXPECT_EQ(Prefix(text), "none") << text;
  }
}

TEST(ReadAddressTest, WhatTrafficCannotGoToIsAnIssue) {
  for (const auto& [text, message] : {std::pair{"010.0.0.x", "\"010.0.0.x\" is not an IP address"},
                                      {"127.0.0.001", "127.0.0.1 is a loopback address"},
                                      {"::ffff:0.0.0.0", "0.0.0.0 is the unspecified address"}}) {
    model::IssueCollector issues;
    EXPECT_EQ(ReadAddress(text, model::Path("ip"), issues), std::nullopt);
    EXPECT_EQ(std::move(issues).Take(),
              (model::Issues{{.path = "ip", .message = message, .service = ""}}));
  }
}

TEST(ReadPrefixTest, WhatIsNoCidrIsAnIssue) {
  model::IssueCollector issues;
  EXPECT_EQ(ReadPrefix("10.0.0.1", model::Path("range"), issues), std::nullopt);
  EXPECT_EQ(
      std::move(issues).Take(),
      (model::Issues{{.path = "range", .message = "\"10.0.0.1\" is not a CIDR", .service = ""}}));
}

}  // namespace
}  // namespace nftsvc::kubernetes
