// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/expressions.h"

#include <gtest/gtest.h>
#include <libnftnl/rule.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include <array>
#include <functional>
#include <memory>
#include <string>

namespace nftsvc::netlink {
namespace {

// What libnftnl prints of a rule with these expressions.
std::string Text(const std::function<void(Expressions&)>& write) {
  const std::unique_ptr<nftnl_rule, void (*)(const nftnl_rule*)> rule(nftnl_rule_alloc(),
                                                                      nftnl_rule_free);
  Expressions expressions(rule.get());
  write(expressions);
  std::array<char, 1024> text{};
  nftnl_rule_snprintf(text.data(), text.size(), rule.get(), NFTNL_OUTPUT_DEFAULT, 0);
  return text.data();
}

TEST(ExpressionsTest, RegistersAreNamedByTheirOffset) {
  EXPECT_EQ(Text([](Expressions& out) {
              out.LoadPayload(NFT_PAYLOAD_NETWORK_HEADER, 24, 16, 0);
              out.LoadMeta(NFT_META_L4PROTO, 16);
              out.LoadNumber(NFT_NG_RANDOM, 3, 7, 20);
            }),
            "\n  [ payload load 16b @ network header + 24 => reg 8 ]"
            "\n  [ meta load l4proto => reg 12 ]"
            "\n  [ numgen reg 13 = random mod 3 offset 7 ]\n");
}

TEST(ExpressionsTest, NumbersStandInTheHostsOrder) {
  EXPECT_EQ(Text([](Expressions& out) {
              out.Bitwise(0xfffffffe, 1);
              out.Compare(NFT_CMP_NEQ, 0x01020304);
            }),
            "\n  [ bitwise reg 8 = ( reg 8 & 0xfffffffe ) ^ 0x00000001 ]"
            "\n  [ cmp neq reg 8 0x01020304 ]\n");
}

TEST(ExpressionsTest, LookupsDifferInWhatTheyYield) {
  EXPECT_EQ(Text([](Expressions& out) {
              out.Lookup("s", false);
              out.Lookup("s", true);
              out.Map("m");
              out.Vmap("m");
            }),
            "\n  [ lookup reg 8 set s ]"
            "\n  [ lookup reg 8 set s 0x1 ]"
            "\n  [ lookup reg 8 set m dreg 8 ]"
            "\n  [ lookup reg 8 set m dreg 0 ]\n");
}

TEST(ExpressionsTest, VerdictsMayNameAChain) {
  EXPECT_EQ(Text([](Expressions& out) {
              out.Verdict(NFT_GOTO, "there");
              out.Verdict(NF_DROP, "");
            }),
            "\n  [ immediate reg 0 goto -> there ]"
            "\n  [ immediate reg 0 drop ]\n");
}

}  // namespace
}  // namespace nftsvc::netlink
