// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/encode_element.h"

#include <gtest/gtest.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_tables.h>

#include <map>

#include "src/netlink/attributes.h"
#include "src/netlink/message.h"
#include "tests/netlink/kernel_dump.h"
#include "tests/netlink/net_namespace.h"
#include "tests/netlink/nft_command.h"
#include "tests/netlink/sample_ruleset.h"

namespace nftsvc::netlink {
namespace {

using base::Family;
using Elements = std::map<std::string, std::vector<std::string>>;

Elements DumpAll() {
  Elements elements;
  for (Family family : base::kFamilies) {
    for (nft::SetId set : nft::AllSets()) {
      const std::string name(nft::DeclarationOf(set).name);
      std::vector<std::string>& here = elements[family == Family::kIPv4 ? name : name + " (ip6)"];
      here = DumpElements(family, name);
      EXPECT_FALSE(here.empty()) << name;
    }
  }
  return elements;
}

class EncodeElementTest : public KernelTest {};

TEST_F(EncodeElementTest, ElementsAreWhatNftMakesOfTheirText) {
  const nft::Ruleset ruleset = SampleRuleset();
  MustCommit(Creation(ruleset));
  const Elements ours = DumpAll();
  EnterNewNamespace();
  ASSERT_EQ(Load(nft::Print(ruleset)), "");
  EXPECT_EQ(ours, DumpAll());
}

TEST_F(EncodeElementTest, ACatchAllElementIsDeletedByAnEmptyKey) {
  MustCommit(EmptyTables(16));
  ASSERT_EQ(Load("add element ip nftsvc services { * : drop }"), "");
  ASSERT_EQ(MustObserve().inventory.elements.size(), 1u);
  const nft::ElementInventory found = MustObserve().inventory.elements.front();
  EXPECT_TRUE(found.foreign);
  EXPECT_TRUE(found.element.id.key.empty());
  MustCommit({{Deletion(found.element)}});
  EXPECT_TRUE(MustObserve().inventory.elements.empty());
}

TEST(ElementListTest, HasRoomUntilTheListIsAlmostAsLongAsAnAttributeMayBe) {
  std::vector<uint8_t> room(kMessageRoom);
  nlmsghdr* message = StartMessage(room.data(), NFT_MSG_NEWSETELEM, 0, Family::kIPv6, 1);
  ElementList list(message, "services");
  nft::Element element = Service(Family::kIPv6, 1, std::string(255, 'c'), std::string(127, '"'));
  size_t count = 0;
  for (; list.HasRoom(); ++count) EXPECT_NE(list.PutNew(element, true), nullptr);
  list.Close();
  EXPECT_GT(count, 100u);
  EXPECT_GT(message->nlmsg_len, 63u << 10);
  EXPECT_LE(message->nlmsg_len, 64u << 10);
  size_t listed = 0;
  const Attributes attributes(*message);
  ForEachNested(attributes.Find(NFTA_SET_ELEM_LIST_ELEMENTS), [&](const nlattr*) { ++listed; });
  EXPECT_EQ(listed, count);
}

}  // namespace
}  // namespace nftsvc::netlink
