// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/attributes.h"

#include <gtest/gtest.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_tables.h>

#include <memory>
#include <vector>

#include "src/netlink/message.h"

namespace nftsvc::netlink {
namespace {

class AttributesTest : public testing::Test {
 protected:
  AttributesTest() : message_(StartMessage(room_.data(), 0, 0, base::Family::kIPv4, 1)) {}

  std::vector<uint8_t> room_ = std::vector<uint8_t>(kMessageRoom);
  nlmsghdr* message_;
};

TEST_F(AttributesTest, NumbersAreReadInTheirByteOrder) {
  mnl_attr_put_u32(message_, 1, 0x01020304);
  PutNumber(message_, 2, 0x01020304);
  const std::vector<uint8_t> eight = {1, 2, 3, 4, 5, 6, 7, 8};
  mnl_attr_put(message_, 3, eight.size(), eight.data());
  const Attributes attributes(*message_);
  EXPECT_EQ(attributes.HostNumber(1), 0x01020304u);
  EXPECT_EQ(attributes.Number(2), 0x01020304u);
  EXPECT_EQ(attributes.LongNumber(3), 0x0102030405060708u);
}

TEST_F(AttributesTest, WhatIsMissingOrTooShortIsNoNumber) {
  mnl_attr_put_u16(message_, 1, 5);
  const Attributes attributes(*message_);
  for (int type : {1, 2}) {
    EXPECT_EQ(attributes.Number(type), std::nullopt);
    EXPECT_EQ(attributes.LongNumber(type), std::nullopt);
  }
  EXPECT_TRUE(attributes.Has(1));
  EXPECT_FALSE(attributes.Has(2));
  EXPECT_EQ(attributes.String(2), "");
  EXPECT_TRUE(attributes.Bytes(2).empty());
}

TEST_F(AttributesTest, StringsMayLackTheirEnd) {
  mnl_attr_put(message_, 1, 3, "abc");
  mnl_attr_put(message_, 2, 5, "ab\0cd");
  mnl_attr_put(message_, 3, 0, "");
  const Attributes attributes(*message_);
  EXPECT_EQ(attributes.String(1), "abc");
  EXPECT_EQ(attributes.String(2), "ab");
  EXPECT_EQ(attributes.String(3), "");
}

TEST_F(AttributesTest, TypesBeyondAllKnownAreLeftOut) {
  mnl_attr_put_u32(message_, 4000, 1);
  PutNumber(message_, 5, 2);
  EXPECT_EQ(Attributes(*message_).Number(5), 2u);
}

TEST_F(AttributesTest, NestsAreReadInOrder) {
  nlattr* nest = mnl_attr_nest_start(message_, 1);
  for (uint32_t i = 0; i < 3; ++i) mnl_attr_put_u32(message_, NFTA_LIST_ELEM, i);
  mnl_attr_nest_end(message_, nest);
  std::vector<uint32_t> numbers;
  ForEachNested(Attributes(*message_).Find(1),
                [&](const nlattr* entry) { numbers.push_back(mnl_attr_get_u32(entry)); });
  EXPECT_EQ(numbers, (std::vector<uint32_t>{0, 1, 2}));
  ForEachNested(nullptr, [](const nlattr*) { FAIL(); });
  EXPECT_FALSE(Attributes(static_cast<const nlattr*>(nullptr)).Has(1));
}

// Each in memory that ends where the message does, for the sanitizers to watch.
TEST_F(AttributesTest, ACutMessageIsReadAsFarAsItGoes) {
  PutString(message_, 1, "name");
  nlattr* nest = mnl_attr_nest_start(message_, 2);
  PutNumber(message_, 1, 7);
  mnl_attr_nest_end(message_, nest);
  const size_t size = message_->nlmsg_len;
  size_t whole = 0;
  for (size_t length = sizeof(nlmsghdr); length <= size; ++length) {
    const std::unique_ptr<uint8_t[]> cut(new uint8_t[length]);
    std::copy_n(room_.begin(), length, cut.get());
    auto* message = reinterpret_cast<nlmsghdr*>(cut.get());
    message->nlmsg_len = static_cast<uint32_t>(length);
    const Attributes attributes(*message);
    if (Attributes(attributes.Find(2)).Number(1) == 7u) ++whole;
    EXPECT_EQ(attributes.String(1), attributes.Has(1) ? "name" : "");
  }
  EXPECT_EQ(whole, 1u);
}

}  // namespace
}  // namespace nftsvc::netlink
