// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/decode_inventory.h"

#include <gtest/gtest.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netlink.h>

#include <algorithm>
#include <random>

#include "absl/strings/str_cat.h"
#include "src/netlink/encode_transaction.h"
#include "src/netlink/message.h"
#include "tests/netlink/net_namespace.h"
#include "tests/netlink/nft_command.h"
#include "tests/netlink/sample_ruleset.h"

namespace nftsvc::netlink {
namespace {

using base::Family;

// Things in our table that others put there: each must be seen for what it is not.
class ForeignObjectsTest : public KernelTest {
 protected:
  void SetUp() override {
    KernelTest::SetUp();
    if (IsSkipped()) return;
    MustCommit(EmptyTables(100));
  }

  nft::TableInventory Table() { return *MustObserve().inventory.tables[0]; }

  nft::ChainInventory Chain(const std::string& name) {
    for (const nft::ChainInventory& chain : Table().chains) {
      if (chain.name == name) return chain;
    }
    ADD_FAILURE() << "no chain " << name;
    return {};
  }

  nft::SetInventory Set(const std::string& name) {
    for (const nft::SetInventory& set : Table().sets) {
      if (set.name == name) return set;
    }
    ADD_FAILURE() << "no set " << name;
    return {};
  }
};

TEST_F(ForeignObjectsTest, StatefulObjects) {
  EXPECT_FALSE(Table().other_objects);
  ASSERT_EQ(Load("add counter ip nftsvc mine"), "");
  EXPECT_TRUE(Table().other_objects);
}

TEST_F(ForeignObjectsTest, RulesHaveNoDigest) {
  MustCommit({{nft::AddRule{Family::kIPv4, "pick-1", {nft::Drop{}}}}});
  ASSERT_EQ(Load("insert rule ip nftsvc pick-1 accept comment \"a comment\""), "");
  ASSERT_EQ(Load("add rule ip nftsvc pick-1 accept"), "");
  const uint64_t ours = nft::RuleDigest({nft::Drop{}}, Family::kIPv4);
  EXPECT_EQ(Chain("pick-1").rules, (std::vector<uint64_t>{0, ours, 0}));
}

TEST_F(ForeignObjectsTest, BaseChainsShowHookAndPolicy) {
  ASSERT_EQ(Load("table ip nftsvc { chain c { type filter hook input priority -5; policy drop; }\n"
                 "chain d { type nat hook output priority 7; }\n}"),
            "");
  const nft::ChainInventory filter = Chain("c");
  EXPECT_EQ(filter.hook, (nft::Hook{nft::ChainType::kFilter, nft::HookPoint::kInput, -5}));
  EXPECT_FALSE(filter.policy_accept);
  const nft::ChainInventory nat = Chain("d");
  EXPECT_EQ(nat.hook, (nft::Hook{nft::ChainType::kNat, nft::HookPoint::kOutput, 7}));
  EXPECT_TRUE(nat.policy_accept);
}

TEST_F(ForeignObjectsTest, ABaseChainOfATypeThatWeNeverMakeIsNotMistakenForOurs) {
  ASSERT_EQ(Load("table ip nftsvc { chain c { type route hook output priority 0; }\n}"), "");
  EXPECT_TRUE(Chain("c").hook.has_value());
  EXPECT_FALSE(Chain("c").policy_accept);
}

TEST_F(ForeignObjectsTest, AnonymousSetsBelongToTheirRules) {
  const size_t before = Table().sets.size();
  ASSERT_EQ(Load("add rule ip nftsvc pick-1 tcp dport { 1, 2 } accept"), "");
  EXPECT_EQ(Table().sets.size(), before);
}

TEST_F(ForeignObjectsTest, BoundChainsBelongToTheirRules) {
  const size_t before = Table().chains.size();
  ASSERT_EQ(Load("add rule ip nftsvc pick-1 jump { accept; }"), "");
  EXPECT_EQ(Table().chains.size(), before);
}

TEST_F(ForeignObjectsTest, SetsOfOtherNames) {
  ASSERT_EQ(Load("add set ip nftsvc strange { type ipv4_addr; elements = { 10.0.0.1 }; }"), "");
  EXPECT_EQ(Set("strange").id, std::nullopt);
  EXPECT_TRUE(MustObserve().inventory.elements.empty());
}

// One difference each from how the set of the name is declared.
TEST_F(ForeignObjectsTest, SetsOfOurNamesThatAreDeclaredOtherwise) {
  const std::pair<const char*, const char*> declarations[] = {
      {"cluster-ips", "set cluster-ips { type inet_service; size 9; }"},
      {"cluster-ips", "set cluster-ips { typeof ip daddr; flags interval; }"},
      {"cluster-ips", "set cluster-ips { typeof ip daddr; timeout 1h; }"},
      {"cluster-ips", "set cluster-ips { typeof ip daddr; flags timeout; }"},
      {"cluster-ips", "set cluster-ips { typeof ip daddr; counter; }"},
      {"cluster-ips", "map cluster-ips { typeof ip daddr : verdict; }"},
      {"hairpin", "set hairpin { typeof ip saddr . th dport; }"},
      {"services", "map services { typeof ip daddr . meta l4proto . th dport : verdict; }"},
      {"services",
       "map services { typeof ip daddr . meta l4proto . th dport : ip daddr; counter; }"},
      {"services",
       "map services { typeof ip daddr . meta l4proto . th dport : verdict;"
       " flags interval; counter; }"},
      {"node-port-addresses", "map node-port-addresses { type ipv4_addr : counter; }"},
      {"allowed-sources",
       "set allowed-sources { typeof ip daddr . meta l4proto . th dport"
       " . ip saddr; }"},
  };
  for (const auto& [name, declaration] : declarations) {
    SCOPED_TRACE(declaration);
    EXPECT_TRUE(Set(name).id.has_value());
    MustCommit({{nft::DeleteSet{Family::kIPv4, name}}});
    ASSERT_EQ(Load(absl::StrCat("table ip nftsvc { ", declaration, "\n}")), "");
    EXPECT_EQ(Set(name).id, std::nullopt);
    MustCommit({{nft::DeleteSet{Family::kIPv4, name},
                 nft::AddSet{Family::kIPv4, *nft::FindSet(name), 0}}});
  }
}

// `type` differs from `typeof` in how nft lists it, not in what it does.
TEST_F(ForeignObjectsTest, ASetThatOnlyListsOtherwiseIsOurs) {
  MustCommit({{nft::DeleteSet{Family::kIPv4, "hairpin"}}});
  ASSERT_EQ(Load("add set ip nftsvc hairpin { type ipv4_addr . ipv4_addr; }"), "");
  EXPECT_TRUE(Set("hairpin").id.has_value());
}

TEST_F(ForeignObjectsTest, ElementsWithVerdictsThatWeNeverGive) {
  ASSERT_EQ(Load("add element ip nftsvc services { 10.0.0.1 . tcp . 80 : accept,"
                 " 10.0.0.2 . tcp . 80 : jump pick-1, 10.0.0.3 . tcp . 80 : goto pick-1 }"),
            "");
  for (const nft::ElementInventory& element : MustObserve().inventory.elements) {
    EXPECT_EQ(element.foreign, element.element.verdict != nft::VerdictCode::kGoto);
  }
}

TEST_F(ForeignObjectsTest, AnElementLoadedAsPrintedIsOurs) {
  const nft::Element element = Service(Family::kIPv4, 1, "pick-1", "by hand");
  ASSERT_EQ(
      Load(absl::StrCat("add element ip nftsvc services { ", nft::PrintElement(element), " }")),
      "");
  const nft::Inventory inventory = MustObserve().inventory;
  ASSERT_EQ(inventory.elements.size(), 1u);
  EXPECT_EQ(inventory.elements.front().element, element);
  EXPECT_FALSE(inventory.elements.front().foreign);
}

// What the kernel sends is trusted to be meant well, not to be what we know.
class OddMessagesTest : public testing::Test {
 protected:
  // A batch has the messages of a listing: those that make an object are those that describe it.
  static std::vector<uint8_t> Messages() {
    const EncodedTransaction encoded = Encode(Creation(SampleRuleset()), 1);
    const std::span<const uint8_t> bytes = encoded.batch.bytes();
    return {bytes.begin(), bytes.end()};
  }

  static nft::Inventory Decode(const std::vector<uint8_t>& messages) {
    InventoryDecoder decoder;
    ForEachMessage(messages, [&](const nlmsghdr& message) { decoder.Add(message); });
    return decoder.Take();
  }
};

TEST_F(OddMessagesTest, TheDecoderReadsWhatTheEncoderWrites) {
  const nft::Inventory inventory = Decode(Messages());
  EXPECT_TRUE(inventory.tables[0]->ours);
  EXPECT_EQ(inventory.tables[1]->sets.size(), nft::kSetCount + 1);  // with an affinity map
  EXPECT_FALSE(inventory.tables[0]->chains.empty());
}

// Not every kernel can make one.
TEST_F(OddMessagesTest, AFlowtableIsAnotherObject) {
  std::vector<uint8_t> messages = Messages();
  const size_t end = messages.size();
  messages.resize(end + kMessageRoom);
  nlmsghdr* message =
      StartMessage(messages.data() + end, NFT_MSG_NEWFLOWTABLE, 0, Family::kIPv6, 1);
  PutString(message, NFTA_FLOWTABLE_TABLE, "nftsvc");
  messages.resize(end + message->nlmsg_len);
  const nft::Inventory inventory = Decode(messages);
  EXPECT_FALSE(inventory.tables[0]->other_objects);
  EXPECT_TRUE(inventory.tables[1]->other_objects);
}

TEST_F(OddMessagesTest, ACutListingIsReadAsFarAsItGoes) {
  const std::vector<uint8_t> messages = Messages();
  for (size_t size = 0; size < messages.size(); size += 101) {
    Decode({messages.begin(), messages.begin() + static_cast<ptrdiff_t>(size)});
  }
  EXPECT_FALSE(Decode({}).tables[0].has_value());
}

// Under the sanitizers this shows that nothing is read beyond its end.
TEST_F(OddMessagesTest, GarbageDoesNoHarm) {
  const std::vector<uint8_t> messages = Messages();
  std::mt19937 random(1);
  size_t tables = 0;
  for (int round = 0; round < 300; ++round) {
    std::vector<uint8_t> damaged = messages;
    for (int i = 0; i < 100; ++i) {
      damaged[random() % damaged.size()] = static_cast<uint8_t>(random());
    }
    const nft::Inventory inventory = Decode(damaged);
    for (const auto& table : inventory.tables) tables += table.has_value() ? 1 : 0;
    for (const nft::ElementInventory& element : inventory.elements) {
      const nft::ElementKey& id = element.element.id;
      EXPECT_TRUE(id.key.empty() || id.key.size() == nft::KeySize(id.set, id.family));
    }
  }
  EXPECT_GT(tables, 300u);  // most are still readable
}

TEST_F(OddMessagesTest, ASetWithAnElementThatDoesNotFitIsNotOurs) {
  std::vector<uint8_t> messages(kMessageRoom);
  InventoryDecoder decoder;
  const EncodedTransaction tables = Encode(EmptyTables(16), 1);
  ForEachMessage(tables.batch.bytes(), [&](const nlmsghdr& message) { decoder.Add(message); });
  const size_t before = decoder.DeclaredSets(Family::kIPv4).size();

  nft::Element element = Service(Family::kIPv4, 1, "pick-1");
  element.id.key.AppendZeros(4);
  const nft::Transaction transaction{{nft::AddElement{element, nullptr, {}}}};
  const EncodedTransaction encoded = Encode(transaction, 1);
  ForEachMessage(encoded.batch.bytes(), [&](const nlmsghdr& message) { decoder.Add(message); });
  EXPECT_EQ(decoder.DeclaredSets(Family::kIPv4).size(), before - 1);
  EXPECT_TRUE(decoder.Take().elements.empty());
}

}  // namespace
}  // namespace nftsvc::netlink
