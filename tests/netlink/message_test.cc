// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/message.h"

#include <gtest/gtest.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "src/netlink/attributes.h"

namespace nftsvc::netlink {
namespace {

using base::Family;

class MessageTest : public testing::Test {
 protected:
  nlmsghdr* Start(uint16_t type, Family family = Family::kIPv4) {
    return StartMessage(room_.data(), type, NLM_F_DUMP, family, 7);
  }

  // A message of netlink's own: an int, and whatever comes after it.
  const nlmsghdr& Control(uint16_t type, uint16_t flags, int error, size_t more = 0) {
    nlmsghdr* message = mnl_nlmsg_put_header(room_.data());
    message->nlmsg_type = type;
    message->nlmsg_flags = flags;
    message->nlmsg_seq = 9;
    std::memcpy(mnl_nlmsg_put_extra_header(message, sizeof(error) + more), &error, sizeof(error));
    return *message;
  }

  // Not zeros, as memory that the kernel's messages are written to.
  std::vector<uint8_t> room_ = std::vector<uint8_t>(kMessageRoom, 0xee);
};

TEST_F(MessageTest, HasTypeFamilyAndSequence) {
  const nlmsghdr* message = Start(NFT_MSG_GETSET, Family::kIPv6);
  EXPECT_EQ(TableMessageType(*message), NFT_MSG_GETSET);
  EXPECT_EQ(FamilyOf(*message), Family::kIPv6);
  EXPECT_EQ(message->nlmsg_seq, 7u);
  EXPECT_EQ(message->nlmsg_flags, NLM_F_REQUEST | NLM_F_DUMP);
  EXPECT_EQ(message->nlmsg_len, sizeof(nlmsghdr) + sizeof(nfgenmsg));
}

TEST_F(MessageTest, OfAnotherSubsystemOrFamilyIsNotOurs) {
  nlmsghdr* message = Start(NFT_MSG_GETSET);
  message->nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8;
  EXPECT_EQ(TableMessageType(*message), std::nullopt);
  static_cast<nfgenmsg*>(mnl_nlmsg_get_payload(message))->nfgen_family = 1;  // inet
  EXPECT_EQ(FamilyOf(*message), std::nullopt);
}

TEST_F(MessageTest, StringsEndWithZerosUpToTheNextAttribute) {
  nlmsghdr* message = Start(NFT_MSG_NEWTABLE);
  PutString(message, NFTA_TABLE_NAME, "abcd");
  PutNumber(message, NFTA_TABLE_FLAGS, 0x01020304);
  const Attributes attributes(*message);
  EXPECT_EQ(attributes.String(NFTA_TABLE_NAME), "abcd");
  EXPECT_EQ(attributes.Bytes(NFTA_TABLE_NAME).size(), 5u);
  EXPECT_EQ(attributes.Number(NFTA_TABLE_FLAGS), 0x01020304u);
  EXPECT_EQ(message->nlmsg_len, 20u + 12u + 8u);
  EXPECT_EQ(std::vector<uint8_t>(room_.begin() + 28, room_.begin() + 32), std::vector<uint8_t>(4));
}

TEST_F(MessageTest, ADatagramIsReadMessageByMessageAsFarAsItIsWhole) {
  nlmsghdr* first = Start(NFT_MSG_NEWTABLE);
  PutString(first, NFTA_TABLE_NAME, "nftsvc");
  const size_t size = first->nlmsg_len;
  const std::vector<uint8_t> one(room_.begin(), room_.begin() + static_cast<ptrdiff_t>(size));
  std::vector<uint8_t> datagram = one;
  datagram.insert(datagram.end(), one.begin(), one.end());
  for (size_t length = 0; length <= datagram.size(); ++length) {
    size_t count = 0;
    ForEachMessage({datagram.data(), length}, [&](const nlmsghdr&) { ++count; });
    EXPECT_EQ(count, length / size);
  }
}

TEST_F(MessageTest, LengthsThatCannotBeEndADatagram) {
  for (uint32_t length : {0u, 15u, 0x7fffffffu, 0x80000000u, 0xffffffffu}) {
    Start(NFT_MSG_NEWTABLE)->nlmsg_len = length;
    size_t count = 0;
    ForEachMessage({room_.data(), 64}, [&](const nlmsghdr&) { ++count; });
    EXPECT_EQ(count, 0u) << length;
  }
}

TEST_F(MessageTest, ErrorsAcknowledgementsAndDumpEndsAreOutcomes) {
  const std::optional<Outcome> error = OutcomeOf(Control(NLMSG_ERROR, 0, -ENOENT, 16));
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->error, ENOENT);
  EXPECT_EQ(error->sequence, 9u);
  EXPECT_EQ(error->offset, std::nullopt);
  EXPECT_EQ(OutcomeOf(Control(NLMSG_ERROR, 0, 0, 16))->error, 0);
  EXPECT_EQ(OutcomeOf(Control(NLMSG_DONE, NLM_F_MULTI, 0))->error, 0);
  EXPECT_EQ(OutcomeOf(Control(NLMSG_DONE, NLM_F_MULTI, -EINTR))->error, EINTR);
  EXPECT_EQ(OutcomeOf(*Start(NFT_MSG_NEWTABLE)), std::nullopt);
}

TEST_F(MessageTest, AnErrorMayTellWhereItIs) {
  auto* message = const_cast<nlmsghdr*>(
      &Control(NLMSG_ERROR, NLM_F_CAPPED | NLM_F_ACK_TLVS, -EEXIST, sizeof(nlmsghdr)));
  mnl_attr_put_strz(message, NLMSGERR_ATTR_MSG, "words");
  mnl_attr_put_u32(message, NLMSGERR_ATTR_OFFS, 123);
  EXPECT_EQ(OutcomeOf(*message)->offset, 123u);
}

TEST_F(MessageTest, CoversTheBytesOfAnAttribute) {
  nlmsghdr* message = Start(NFT_MSG_NEWTABLE);
  PutString(message, NFTA_TABLE_NAME, "abcdefg");
  const nlattr* name = Attributes(*message).Find(NFTA_TABLE_NAME);
  EXPECT_FALSE(Covers(name, *message, 19));
  EXPECT_TRUE(Covers(name, *message, 20));
  EXPECT_TRUE(Covers(name, *message, 31));
  EXPECT_FALSE(Covers(name, *message, 32));
  EXPECT_FALSE(Covers(nullptr, *message, 20));
}

}  // namespace
}  // namespace nftsvc::netlink
