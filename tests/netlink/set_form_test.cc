// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/set_form.h"

#include <gtest/gtest.h>
#include <linux/netfilter/nf_tables.h>

namespace nftsvc::netlink {
namespace {

using base::Family;
using nft::SetId;

// (That nft declares sets in the same way is shown in encode_object_test.cc.)
TEST(SetFormTest, AConcatenationsTypeHasSixBitsForEachField) {
  const SetForm services = FormOf(SetId::kServices, Family::kIPv4);
  EXPECT_EQ(services.key_type, 7u << 12 | 12u << 6 | 13u);
  EXPECT_EQ(services.key_size, 12u);
  EXPECT_EQ(services.data_type, static_cast<uint32_t>(NFT_DATA_VERDICT));
  EXPECT_EQ(services.flags, static_cast<uint32_t>(NFT_SET_MAP));
}

TEST(SetFormTest, ASingleFieldIsNotPadded) {
  const SetForm protocols = FormOf(SetId::kProtocols, Family::kIPv6);
  EXPECT_EQ(protocols.key_size, 1u);
  EXPECT_EQ(protocols.key_type, 12u);
  EXPECT_EQ(protocols.data_type, 0u);
}

TEST(SetFormTest, OnlyRangesDescribeTheirFields) {
  const SetForm sources = FormOf(SetId::kAllowedSources, Family::kIPv6);
  EXPECT_EQ(sources.ranged_fields, (std::vector<uint32_t>{16, 1, 2, 16}));
  EXPECT_EQ(sources.flags, static_cast<uint32_t>(NFT_SET_INTERVAL | NFT_SET_CONCAT));
  EXPECT_EQ(sources.key_size, 40u);
  for (SetId set : nft::AllSets()) {
    if (set == SetId::kAllowedSources) continue;
    EXPECT_TRUE(FormOf(set, Family::kIPv4).ranged_fields.empty());
  }
}

TEST(SetFormTest, FamiliesDiffer) {
  for (SetId set : {SetId::kServices, SetId::kEndpoints, SetId::kNodePortEndpoints}) {
    EXPECT_NE(FormOf(set, Family::kIPv4), FormOf(set, Family::kIPv6));
  }
}

}  // namespace
}  // namespace nftsvc::netlink
