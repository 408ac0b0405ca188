// SPDX-License-Identifier: Apache-2.0
#include "src/base/ip_address.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/hash/hash_testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace nftsvc::base {
namespace {

using ::testing::ElementsAre;

IpAddress Ip(absl::string_view text) { return IpAddress::Parse(text).value(); }

TEST(IpAddressTest, PrintsWhatItReadInCanonicalForm) {
  const std::vector<std::pair<const char*, const char*>> kCases = {
      {"0.0.0.0", "0.0.0.0"},
      {"10.0.0.1", "10.0.0.1"},
      {"255.255.255.255", "255.255.255.255"},
      {"::", "::"},
      {"fd00:0:0:0:0:0:0:1", "fd00::1"},
      {"FD00::A", "fd00::a"},
      {"1:0:0:2:0:0:0:3", "1:0:0:2::3"},
      {"::ffff:10.0.0.1", "::ffff:10.0.0.1"},
      {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
      {"0000:0000:0000:0000:0000:ffff:255.255.255.255", "::ffff:255.255.255.255"},
  };
  for (const auto& [text, canonical] : kCases) {
    const std::optional<IpAddress> address = IpAddress::Parse(text);
    ASSERT_TRUE(address.has_value()) << text;
    EXPECT_EQ(address->ToString(), canonical);
    EXPECT_EQ(IpAddress::Parse(canonical), address);
  }
}

TEST(IpAddressTest, RefusesEverythingElse) {
  const std::vector<std::string> kTexts = {
      "",
      " ",
      "10.0.0",
      "10.0.0.1.2",
      "10.0.0.256",
      "10.0.0.300",
      "10.0.0.01",
      "010.0.0.1",
      "0x0a.0.0.1",
      "167772161",
      "10.0.0.-1",
      "10.0.0.1 ",
      " 10.0.0.1",
      "10.0.0.1\n",
      "10.0.0.1/32",
      "10.0.0.1:80",
      "localhost",
      ":",
      ":::",
      "1::2::3",
      "1:2:3:4:5:6:7",
      "1:2:3:4:5:6:7:8:9",
      "12345::",
      "fe80::1%eth0",
      "[fd00::1]",
      "::ffff:10.0.0.300",
      std::string("10.0.0.1\0", 9),
      std::string("10.0.0.1\0.5", 11),
      std::string(16, '\0'),
      "1000000000000000000000000000000000000000000000000",
      std::string(1'000'000, '1'),
      std::string(1'000'000, ':'),
      "\xff\xfe",
      "१०.०.०.१",
  };
  for (const std::string& text : kTexts) {
    EXPECT_EQ(IpAddress::Parse(text), std::nullopt) << text.substr(0, 60);
  }
}

TEST(IpAddressTest, TellsFamiliesAndBytes) {
  EXPECT_EQ(Ip("10.1.2.3").family(), Family::kIPv4);
  EXPECT_THAT(Ip("10.1.2.3").bytes(), ElementsAre(10, 1, 2, 3));
  EXPECT_EQ(Ip("::1").family(), Family::kIPv6);
  EXPECT_EQ(Ip("::1").bytes().size(), 16u);
  EXPECT_EQ(Ip("::1").bytes().back(), 1);
  EXPECT_EQ(IpAddress(), Ip("0.0.0.0"));
}

TEST(IpAddressTest, IsMadeFromTheBytesThatItGives) {
  for (const char* text : {"192.0.2.255", "2001:db8::5"}) {
    const IpAddress address = Ip(text);
    EXPECT_EQ(IpAddress::FromBytes(address.family(), address.bytes()), address);
  }
}

TEST(IpAddressTest, KnowsAddressesOfSpecialMeaningUpToTheirBorders) {
  struct Case {
    const char* text;
    bool unspecified, loopback, multicast, link_local;
  };
  const std::vector<Case> kCases = {
      {"0.0.0.0", true, false, false, false},
      {"0.0.0.1", false, false, false, false},
      {"126.255.255.255", false, false, false, false},
      {"127.0.0.0", false, true, false, false},
      {"127.255.255.255", false, true, false, false},
      {"128.0.0.0", false, false, false, false},
      {"223.255.255.255", false, false, false, false},
      {"224.0.0.0", false, false, true, false},
      {"239.255.255.255", false, false, true, false},
      {"240.0.0.0", false, false, false, false},
      {"169.253.255.255", false, false, false, false},
      {"169.254.0.0", false, false, false, true},
      {"169.254.255.255", false, false, false, true},
      {"169.255.0.0", false, false, false, false},
      {"::", true, false, false, false},
      {"::1", false, true, false, false},
      {"::2", false, false, false, false},
      {"1::1", false, false, false, false},
      {"::ffff:127.0.0.1", false, false, false, false},
      {"fe7f::", false, false, false, false},
      {"fe80::", false, false, false, true},
      {"febf:ffff::", false, false, false, true},
      {"fec0::", false, false, false, false},
      {"feff::", false, false, false, false},
      {"ff00::", false, false, true, false},
      {"ff02::1", false, false, true, false},
  };
  for (const Case& c : kCases) {
    EXPECT_EQ(Ip(c.text).is_unspecified(), c.unspecified) << c.text;
    EXPECT_EQ(Ip(c.text).is_loopback(), c.loopback) << c.text;
    EXPECT_EQ(Ip(c.text).is_multicast(), c.multicast) << c.text;
    EXPECT_EQ(Ip(c.text).is_link_local(), c.link_local) << c.text;
  }
}

TEST(IpAddressTest, SortsIPv4BeforeIPv6AndThenByBytes) {
  std::vector<IpAddress> addresses = {Ip("::"), Ip("10.0.0.10"), Ip("fd00::1"), Ip("10.0.0.9"),
                                      Ip("9.0.0.0")};
  std::sort(addresses.begin(), addresses.end());
  EXPECT_THAT(addresses,
              ElementsAre(Ip("9.0.0.0"), Ip("10.0.0.9"), Ip("10.0.0.10"), Ip("::"), Ip("fd00::1")));
}

TEST(IpAddressTest, HashesByFamilyAndBytes) {
  EXPECT_TRUE(absl::VerifyTypeImplementsAbslHashCorrectly(
      {Ip("0.0.0.0"), Ip("::"), Ip("10.0.0.1"), Ip("10.0.0.2"), Ip("a00:1::"), Ip("fd00::1")}));
}

TEST(HostPortTest, PutsBracketsAroundIPv6) {
  EXPECT_EQ(HostPort(Ip("10.0.0.1"), 80), "10.0.0.1:80");
  EXPECT_EQ(HostPort(Ip("fd00::1"), 65535), "[fd00::1]:65535");
}

}  // namespace
}  // namespace nftsvc::base
