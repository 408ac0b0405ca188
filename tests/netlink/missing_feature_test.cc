// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/missing_feature.h"

#include <gtest/gtest.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netlink.h>

#include <cerrno>
#include <vector>

#include "src/netlink/attributes.h"
#include "src/netlink/encode_object.h"
#include "src/netlink/encode_rule.h"
#include "src/netlink/message.h"

namespace nftsvc::netlink {
namespace {

using base::Family;
using nft::Field;

// The kernel of the test has all features; what it would say without them is known: the error, and
// the offset of what it could not find.
class MissingFeatureTest : public testing::Test {
 protected:
  nlmsghdr* Start(uint16_t type, Family family = Family::kIPv4) {
    return StartMessage(room_.data(), type, NLM_F_CREATE, family, 1);
  }

  uint32_t OffsetOf(const nlattr* attribute) const {
    return static_cast<uint32_t>(reinterpret_cast<const uint8_t*>(attribute) - room_.data());
  }

  // What is said if the kernel does not find each of a rule's expressions.
  std::vector<std::string> ForEachExpression(const nft::Rule& rule, int error) {
    nlmsghdr* message = Start(NFT_MSG_NEWRULE);
    PutRule(message, rule, "chain", Family::kIPv4);
    std::vector<std::string> said;
    const Attributes attributes(*message);
    ForEachNested(attributes.Find(NFTA_RULE_EXPRESSIONS), [&](const nlattr* expression) {
      said.push_back(MissingFeature(*message, error, OffsetOf(expression)));
    });
    return said;
  }

  std::vector<uint8_t> room_ = std::vector<uint8_t>(kMessageRoom);
};

TEST_F(MissingFeatureTest, NamesTheModuleOfAnExpression) {
  const nft::Rule rule = {nft::DnatToMap{{{Field::kNumgenRandom, 3, 0}}, nft::SetId::kEndpoints}};
  EXPECT_EQ(ForEachExpression(rule, ENOENT),
            (std::vector<std::string>{"kernel lacks nft_numgen (CONFIG_NFT_NUMGEN)", "",
                                      "kernel lacks nft_nat (CONFIG_NFT_NAT)"}));
}

TEST_F(MissingFeatureTest, KnowsAllOptionalExpressionsOfOurRules) {
  const nft::Rule rule = {nft::MatchDnat{}, nft::MatchLocal{}, nft::Masquerade{true},
                          nft::Reject{}};
  std::string all;
  for (const std::string& said : ForEachExpression(rule, EOPNOTSUPP)) all += said;
  for (const char* module : {"nft_ct", "nft_fib", "nft_masq", "nft_reject"}) {
    EXPECT_NE(all.find(module), std::string::npos) << all;
  }
}

TEST_F(MissingFeatureTest, AMissingSetOrChainIsNoMissingFeature) {
  const nft::Rule rule = {nft::MatchSet{{{Field::kDaddr}}, false, nft::SetId::kClusterIps},
                          nft::Goto{"nowhere"}};
  for (const std::string& said : ForEachExpression(rule, ENOENT)) EXPECT_EQ(said, "");
}

TEST_F(MissingFeatureTest, OtherErrorsAreNoMissingFeatures) {
  for (const std::string& said : ForEachExpression({nft::MatchDnat{}}, EINVAL)) EXPECT_EQ(said, "");
  nlmsghdr* message = Start(NFT_MSG_NEWRULE);
  PutRule(message, {nft::MatchDnat{}}, "chain", Family::kIPv4);
  EXPECT_EQ(MissingFeature(*message, ENOENT, std::nullopt), "");
}

TEST_F(MissingFeatureTest, NamesTheTypeOfAChain) {
  nlmsghdr* message = Start(NFT_MSG_NEWCHAIN);
  PutChain(message, "c", nft::Hook{});
  const Attributes attributes(*message);
  EXPECT_EQ(MissingFeature(*message, ENOENT, OffsetOf(attributes.Find(NFTA_CHAIN_TYPE))),
            "kernel lacks nft_chain_nat (CONFIG_NFT_NAT)");
  EXPECT_EQ(MissingFeature(*message, ENOENT, OffsetOf(attributes.Find(NFTA_CHAIN_TABLE))), "");
}

TEST_F(MissingFeatureTest, NamesTheFamilyOfATable) {
  nlmsghdr* message = Start(NFT_MSG_NEWTABLE, Family::kIPv6);
  PutTable(message, /*exclusive=*/false);
  EXPECT_EQ(MissingFeature(*message, EOPNOTSUPP, std::nullopt),
            "kernel lacks nf_tables for ip6 (CONFIG_NF_TABLES_IPV6)");
}

TEST_F(MissingFeatureTest, SaysWhichKernelsHaveExclusiveTables) {
  for (const int error : {EINVAL, EOPNOTSUPP}) {
    nlmsghdr* message = Start(NFT_MSG_NEWTABLE, base::Family::kIPv4);
    PutTable(message, /*exclusive=*/true);
    EXPECT_NE(MissingFeature(*message, error, std::nullopt).find("Linux 6.9"), std::string::npos);
  }
}

}  // namespace
}  // namespace nftsvc::netlink
