// SPDX-License-Identifier: Apache-2.0
#include "src/nft/set.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace nftsvc::nft {
namespace {

using base::Family;

TEST(SetTest, EverySetIsFoundByItsName) {
  std::set<std::string> names;
  for (const SetId set : AllSets()) {
    const absl::string_view name = DeclarationOf(set).name;
    EXPECT_EQ(FindSet(name), set) << name;
    names.emplace(name);
  }
  EXPECT_EQ(names.size(), kSetCount);
  EXPECT_EQ(FindSet("somebodys"), std::nullopt);
}

TEST(SetTest, NamesAreNoKeywordsAndShortEnoughForTheKernel) {
  for (const SetId set : AllSets()) {
    // NFT_SET_MAXNAMELEN, include/uapi/linux/netfilter/nf_tables.h.
    EXPECT_LT(DeclarationOf(set).name.size(), 256U);
    EXPECT_NE(DeclarationOf(set).name, "fwd");
  }
}

TEST(SetTest, FieldsOfAConcatenationFillWholeRegisters) {
  EXPECT_EQ(KeySize(SetId::kServices, Family::kIPv4), 4U + 4 + 4);
  EXPECT_EQ(KeySize(SetId::kServices, Family::kIPv6), 16U + 4 + 4);
  EXPECT_EQ(KeySize(SetId::kEndpoints, Family::kIPv4), 4U + 4 + 4 + 4);
  EXPECT_EQ(KeySize(SetId::kNodePorts, Family::kIPv6), 4U + 4);
  EXPECT_EQ(KeySize(SetId::kAllowedSources, Family::kIPv6), 16U + 4 + 4 + 16);
  EXPECT_EQ(KeySize(SetId::kHairpin, Family::kIPv4), 8U);
  EXPECT_EQ(KeySize(SetId::kClusterIps, Family::kIPv6), 16U);
}

TEST(SetTest, AKeyOfOneFieldIsNotPadded) {
  EXPECT_EQ(KeySize(SetId::kProtocols, Family::kIPv4), 1U);
}

TEST(SetTest, OnlyMapsOfEndpointsHaveData) {
  EXPECT_EQ(DataSize(SetId::kEndpoints, Family::kIPv4), 8U);
  EXPECT_EQ(DataSize(SetId::kNodePortEndpoints, Family::kIPv6), 20U);
  EXPECT_EQ(DataSize(SetId::kServices, Family::kIPv4), 0U);
  EXPECT_EQ(DataSize(SetId::kHairpin, Family::kIPv4), 0U);
}

TEST(SetTest, CapacityLeavesAThirdFreeAtLeastAndFillsTheKernelsBuckets) {
  EXPECT_EQ(CapacityFor(0), 768U);
  EXPECT_EQ(CapacityFor(576), 768U);
  EXPECT_EQ(CapacityFor(577), 1'536U);
  EXPECT_EQ(CapacityFor(4'000'000), 6'291'456U);
  for (size_t count = 1; count < 10'000'000; count = count * 3 / 2 + 1) {
    const uint64_t capacity = CapacityFor(count);
    EXPECT_GE(capacity, count + count / 3);
    const uint64_t buckets = capacity * 4 / 3;
    EXPECT_EQ(buckets & (buckets - 1), 0U) << "a power of two";
  }
}

}  // namespace
}  // namespace nftsvc::nft
