// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/decode_element.h"

#include <gtest/gtest.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netlink.h>

#include "src/netlink/encode_element.h"
#include "src/netlink/message.h"
#include "tests/netlink/sample_ruleset.h"

namespace nftsvc::netlink {
namespace {

using base::Family;

class DecodeElementTest : public testing::Test {
 protected:
  // What is read back of an element as it would be sent.
  std::optional<nft::ElementInventory> ThereAndBack(const nft::Element& element,
                                                    nft::Counter counter = {}) {
    nlmsghdr* message = StartMessage(room_.data(), NFT_MSG_NEWSETELEM, 0, element.id.family, 1);
    ElementList list(message, nft::DeclarationOf(element.id.set).name);
    uint8_t* at = list.PutNew(element, nft::DeclarationOf(element.id.set).counter);
    if (at != nullptr) SetCounter(at, counter);
    list.Close();
    std::optional<nft::ElementInventory> decoded;
    const Attributes attributes(*message);
    ForEachNested(attributes.Find(NFTA_SET_ELEM_LIST_ELEMENTS), [&](const nlattr* encoded) {
      decoded = DecodeElement(element.id.family, element.id.set, Attributes(encoded));
    });
    return decoded;
  }

  std::vector<uint8_t> room_ = std::vector<uint8_t>(kMessageRoom);
};

TEST_F(DecodeElementTest, ReadsEveryKindThatIsWritten) {
  for (const nft::Element& element : SampleRuleset().elements) {
    const std::optional<nft::ElementInventory> decoded = ThereAndBack(element);
    ASSERT_TRUE(decoded.has_value()) << nft::PrintElement(element);
    EXPECT_EQ(decoded->element, element) << nft::PrintElement(element);
    EXPECT_FALSE(decoded->foreign) << nft::PrintElement(element);
  }
}

TEST_F(DecodeElementTest, ReadsCounters) {
  const nft::Counter counter{123, uint64_t{1} << 60};
  EXPECT_EQ(ThereAndBack(Service(Family::kIPv6, 1, "pick-1"), counter)->counter, counter);
}

TEST_F(DecodeElementTest, KeysAndValuesOfTheWrongSizeDoNotFit) {
  nft::Element element = Endpoint(Frontend(Family::kIPv4, 1), 0, 1);
  element.id.key.AppendZeros(4);
  EXPECT_FALSE(ThereAndBack(element).has_value());
  element = Endpoint(Frontend(Family::kIPv4, 1), 0, 1);
  element.value.AppendZeros(4);
  EXPECT_FALSE(ThereAndBack(element).has_value());
  element.value = {};
  EXPECT_FALSE(ThereAndBack(element).has_value());
}

TEST_F(DecodeElementTest, AKeyLongerThanAnyOfOursIsNone) {
  nlmsghdr* message = StartMessage(room_.data(), NFT_MSG_NEWSETELEM, 0, Family::kIPv4, 1);
  PutString(message, NFTA_SET_ELEM_KEY, "");
  EXPECT_TRUE(KeyOf(Attributes(*message))->empty());

  // NFTA_SET_ELEM_KEY { NFTA_DATA_VALUE "…" }, put together from strings.
  message = StartMessage(room_.data(), NFT_MSG_NEWSETELEM, 0, Family::kIPv4, 1);
  std::string value(4 + 48, '\0');
  value[0] = 4 + 48;
  value[2] = NFTA_DATA_VALUE;
  PutString(message, NFTA_SET_ELEM_KEY, value);
  EXPECT_EQ(KeyOf(Attributes(*message)), std::nullopt);
}

TEST_F(DecodeElementTest, ARangeOfOneKeyMayLackItsEnd) {
  for (const nft::Element& element : SampleRuleset().elements) {
    if (element.id.set != nft::SetId::kAllowedSources) continue;
    nlmsghdr* message = StartMessage(room_.data(), NFT_MSG_NEWSETELEM, 0, element.id.family, 1);
    ElementList list(message, nft::DeclarationOf(element.id.set).name);
    list.PutKey(element.id, {});
    list.Close();
    const Attributes attributes(*message);
    ForEachNested(attributes.Find(NFTA_SET_ELEM_LIST_ELEMENTS), [&](const nlattr* encoded) {
      const auto decoded = DecodeElement(element.id.family, element.id.set, Attributes(encoded));
      EXPECT_EQ(decoded->element.value, element.id.key);
    });
  }
}

}  // namespace
}  // namespace nftsvc::netlink
