// SPDX-License-Identifier: Apache-2.0
#include "src/nft/transaction.h"

#include <gtest/gtest.h>

#include "tests/support/builders.h"

namespace nftsvc::nft {
namespace {

using base::Family;
using testing::Cidr;
using testing::FrontendAt;

TEST(TransactionTest, EveryOperationPrintsAsTheCommandThatWouldDoIt) {
  EXPECT_EQ(Print(AddTable{Family::kIPv4}), "add table ip nftsvc { comment \"made by nftsvcd\"; }");
  EXPECT_EQ(Print(DeleteTable{Family::kIPv6}), "delete table ip6 nftsvc");
  EXPECT_EQ(Print(AddChain{Family::kIPv4, "random-3", std::nullopt}),
            "add chain ip nftsvc random-3");
  EXPECT_EQ(
      Print(AddChain{Family::kIPv4, "nat-output",
                     Hook{.point = HookPoint::kOutput, .priority = -100}}),
      "add chain ip nftsvc nat-output { type nat hook output priority -100; policy accept; }");
  EXPECT_EQ(Print(DeleteChain{Family::kIPv4, "random-3"}), "delete chain ip nftsvc random-3");
  EXPECT_EQ(Print(FlushChain{Family::kIPv4, "random-3"}), "flush chain ip nftsvc random-3");
  EXPECT_EQ(Print(AddRule{Family::kIPv4, "unserved", {MatchDnat{}, Drop{}}}),
            "add rule ip nftsvc unserved ct status dnat drop");
  EXPECT_EQ(Print(DeleteSet{Family::kIPv4, "somebodys"}), "delete set ip nftsvc somebodys");
}

TEST(TransactionTest, NamesOfOthersPrintWhateverBytesTheyAre) {
  EXPECT_EQ(Print(FlushChain{Family::kIPv4, "reject-ne\x02"}),
            "flush chain ip nftsvc reject-ne\\x02");
  EXPECT_EQ(Print(DeleteChain{Family::kIPv4, "\xff"}), "delete chain ip nftsvc \\xff");
  EXPECT_EQ(Print(DeleteSet{Family::kIPv4, "\x1b"}), "delete set ip nftsvc \\x1b");
}

TEST(TransactionTest, SetsPrintWithAllThatTheyAreDeclaredWith) {
  EXPECT_EQ(Print(AddSet{Family::kIPv4, SetId::kServices, 768}),
            "add map ip nftsvc services { typeof ip daddr . meta l4proto . th dport : verdict; "
            "size 768; counter; }");
  EXPECT_EQ(Print(AddSet{Family::kIPv4, SetId::kAllowedSources, 0}),
            "add set ip nftsvc allowed-sources { typeof ip daddr . meta l4proto . th dport . ip "
            "saddr; flags interval; }");
  EXPECT_EQ(Print(AddSet{Family::kIPv6, SetId::kClusterIps, 768}),
            "add set ip6 nftsvc cluster-ips { typeof ip6 daddr; size 768; }");
}

TEST(TransactionTest, ElementsPrintWithTheirSet) {
  AddElement add;
  add.element.id = {.family = Family::kIPv4,
                    .set = SetId::kServices,
                    .key = FrontendKey(FrontendAt("10.96.0.1:80/tcp"))};
  add.element.verdict = VerdictCode::kDrop;
  EXPECT_EQ(Print(add), "add element ip nftsvc services { 10.96.0.1 . tcp . 80 : drop }");
  EXPECT_EQ(Print(DeleteElement{add.element.id, {}}),
            "delete element ip nftsvc services { 10.96.0.1 . tcp . 80 }");
}

TEST(TransactionTest, ADeletedRangePrintsAsAPrefix) {
  DeleteElement erase;
  erase.id = {.family = Family::kIPv4,
              .set = SetId::kAllowedSources,
              .key = FrontendKey(FrontendAt("10.96.0.1:80/tcp"))};
  erase.range_end = erase.id.key;
  erase.id.key.Append(Cidr("10.0.0.0/8").address().bytes());
  erase.range_end.Append(Cidr("10.0.0.0/8").LastAddress().bytes());
  EXPECT_EQ(Print(erase),
            "delete element ip nftsvc allowed-sources { 10.96.0.1 . tcp . 80 . 10.0.0.0/8 }");
}

TEST(TransactionTest, OneCommandALine) {
  Transaction transaction;
  EXPECT_TRUE(transaction.empty());
  EXPECT_EQ(Print(transaction), "");
  transaction.operations = {FlushChain{Family::kIPv4, "a"}, DeleteChain{Family::kIPv4, "a"}};
  EXPECT_FALSE(transaction.empty());
  EXPECT_EQ(Print(transaction), "flush chain ip nftsvc a\ndelete chain ip nftsvc a\n");
}

}  // namespace
}  // namespace nftsvc::nft
