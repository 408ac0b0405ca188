// SPDX-License-Identifier: Apache-2.0
#include "src/base/ip_prefix.h"

#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

namespace nftsvc::base {
namespace {

IpAddress Address(absl::string_view text) { return IpAddress::Parse(text).value(); }
IpPrefix Prefix(absl::string_view text) { return IpPrefix::Parse(text).value(); }

TEST(IpPrefixTest, PrintsWhatItReadInCanonicalForm) {
  const std::vector<std::pair<const char*, const char*>> kCases = {
      {"0.0.0.0/0", "0.0.0.0/0"},         {"255.255.255.255/0", "0.0.0.0/0"},
      {"10.1.2.3/8", "10.0.0.0/8"},       {"10.255.255.255/9", "10.128.0.0/9"},
      {"10.0.0.255/31", "10.0.0.254/31"}, {"10.0.0.1/32", "10.0.0.1"},
      {"10.0.0.1", "10.0.0.1"},           {"::/0", "::/0"},
      {"fd00::1/64", "fd00::/64"},        {"fd00:ffff::/17", "fd00:8000::/17"},
      {"fd00::1/128", "fd00::1"},         {"fd00::1", "fd00::1"},
  };
  for (const auto& [text, canonical] : kCases) {
    const std::optional<IpPrefix> prefix = IpPrefix::Parse(text);
    ASSERT_TRUE(prefix.has_value()) << text;
    EXPECT_EQ(prefix->ToString(), canonical);
    EXPECT_EQ(IpPrefix::Parse(canonical), prefix);
  }
}

TEST(IpPrefixTest, RefusesEverythingElse) {
  const std::vector<std::string> kTexts = {
      "",
      "/",
      "/8",
      "10.0.0.0/",
      "10.0.0.0/33",
      "10.0.0.0/256",
      "10.0.0.0/4294967304",
      "10.0.0.0/99999999999999999999",
      "10.0.0.0/-1",
      "10.0.0.0/+8",
      "10.0.0.0/ 8",
      "10.0.0.0/8 ",
      "10.0.0.0/08",
      "10.0.0.0/0x8",
      "10.0.0.0/8/8",
      "10.0.0.0/255.0.0.0",
      "10.0/8",
      "::/129",
      "::/" + std::string(1'000'000, '1'),
      "::1%lo/128",
      std::string("10.0.0.0/8\0", 11),
      std::string("10.0.0.0\0/8", 11),
  };
  for (const std::string& text : kTexts) {
    EXPECT_EQ(IpPrefix::Parse(text), std::nullopt) << text.substr(0, 60);
  }
}

TEST(IpPrefixTest, SpellingsOfOneBlockAreEqual) {
  EXPECT_EQ(Prefix("10.1.2.3/8"), Prefix("10.200.0.0/8"));
  EXPECT_NE(Prefix("10.0.0.0/8"), Prefix("10.0.0.0/9"));
  EXPECT_EQ(IpPrefix(), Prefix("0.0.0.0/0"));
}

TEST(IpPrefixTest, ContainsAddressesUpToItsBorders) {
  EXPECT_TRUE(Prefix("10.0.0.0/8").Contains(Address("10.0.0.0")));
  EXPECT_TRUE(Prefix("10.0.0.0/8").Contains(Address("10.255.255.255")));
  EXPECT_FALSE(Prefix("10.0.0.0/8").Contains(Address("9.255.255.255")));
  EXPECT_FALSE(Prefix("10.0.0.0/8").Contains(Address("11.0.0.0")));
  EXPECT_TRUE(Prefix("fd00::/65").Contains(Address("fd00::7fff:ffff:ffff:ffff")));
  EXPECT_FALSE(Prefix("fd00::/65").Contains(Address("fd00::8000:0:0:0")));
}

TEST(IpPrefixTest, ABlockOfOneFamilyContainsNothingOfTheOther) {
  EXPECT_TRUE(Prefix("0.0.0.0/0").Contains(Address("255.255.255.255")));
  EXPECT_FALSE(Prefix("0.0.0.0/0").Contains(Address("::")));
  EXPECT_FALSE(Prefix("::/0").Contains(Address("0.0.0.0")));
  EXPECT_FALSE(Prefix("::/0").Contains(Prefix("0.0.0.0/0")));
}

TEST(IpPrefixTest, ContainsSmallerBlocksAndItself) {
  EXPECT_TRUE(Prefix("10.0.0.0/8").Contains(Prefix("10.0.0.0/8")));
  EXPECT_TRUE(Prefix("10.0.0.0/8").Contains(Prefix("10.9.0.0/16")));
  EXPECT_FALSE(Prefix("10.9.0.0/16").Contains(Prefix("10.0.0.0/8")));
  EXPECT_FALSE(Prefix("10.0.0.0/8").Contains(Prefix("11.0.0.0/16")));
}

TEST(IpPrefixTest, EndsAtItsLastAddress) {
  EXPECT_EQ(Prefix("10.0.0.0/8").LastAddress(), Address("10.255.255.255"));
  EXPECT_EQ(Prefix("10.0.0.1").LastAddress(), Address("10.0.0.1"));
  EXPECT_EQ(Prefix("fd00::/65").LastAddress(), Address("fd00::7fff:ffff:ffff:ffff"));
  EXPECT_EQ(Prefix("::/0").LastAddress(), Address("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"));
}

TEST(IpPrefixTest, KnowsWhetherItIsOneAddress) {
  EXPECT_TRUE(Prefix("10.0.0.1/32").is_single_address());
  EXPECT_FALSE(Prefix("10.0.0.1/31").is_single_address());
  EXPECT_FALSE(Prefix("fd00::1/32").is_single_address());
  EXPECT_TRUE(Prefix("fd00::1/128").is_single_address());
}

}  // namespace
}  // namespace nftsvc::base
