// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/batch.h"

#include <gtest/gtest.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>

#include "src/netlink/attributes.h"
#include "src/netlink/message.h"

namespace nftsvc::netlink {
namespace {

using base::Family;

std::vector<const nlmsghdr*> MessagesOf(const Batch& batch) {
  std::vector<const nlmsghdr*> messages;
  ForEachMessage(batch.bytes(), [&](const nlmsghdr& m) { messages.push_back(&m); });
  return messages;
}

TEST(BatchTest, StandsBetweenABeginWithTheGenerationAndAnEnd) {
  Batch batch(42);
  batch.Start(NFT_MSG_NEWTABLE, NLM_F_CREATE, Family::kIPv4, 0);
  batch.Finish();
  const auto messages = MessagesOf(batch);
  ASSERT_EQ(messages.size(), 3u);
  EXPECT_EQ(batch.size(), 3u);
  EXPECT_EQ(messages[0]->nlmsg_type, NFNL_MSG_BATCH_BEGIN);
  EXPECT_EQ(Attributes(*messages[0]).Number(NFNL_BATCH_GENID), 42u);
  EXPECT_EQ(TableMessageType(*messages[1]), NFT_MSG_NEWTABLE);
  EXPECT_EQ(messages[2]->nlmsg_type, NFNL_MSG_BATCH_END);
}

TEST(BatchTest, OnlyTheLastMessageIsToBeAcknowledged) {
  Batch batch(1);
  for (size_t i = 0; i < 5; ++i) batch.Start(NFT_MSG_NEWTABLE, NLM_F_CREATE, Family::kIPv4, i);
  batch.Finish();
  batch.SetSequences(100);
  for (const nlmsghdr* message : MessagesOf(batch)) {
    EXPECT_EQ((message->nlmsg_flags & NLM_F_ACK) != 0,
              message->nlmsg_seq == batch.acknowledged_sequence());
  }
  EXPECT_EQ(batch.acknowledged_sequence(), 105u);
}

TEST(BatchTest, KnowsTheOperationsOfEachMessage) {
  Batch batch(1);
  batch.Start(NFT_MSG_NEWTABLE, 0, Family::kIPv4, 0);
  batch.Start(NFT_MSG_NEWSETELEM, 0, Family::kIPv4, 1);
  batch.Extend();
  batch.Extend();
  batch.Start(NFT_MSG_NEWRULE, 0, Family::kIPv6, 4);
  batch.Finish();
  batch.SetSequences(0xffffffff);  // wraps
  EXPECT_EQ(batch.begin_sequence(), 0xffffffffu);
  EXPECT_EQ(batch.OperationsOf(0xffffffff), std::nullopt);  // the begin
  EXPECT_EQ(batch.OperationsOf(0)->first, 0u);
  EXPECT_EQ(batch.OperationsOf(1)->first, 1u);
  EXPECT_EQ(batch.OperationsOf(1)->count, 3u);
  EXPECT_EQ(batch.OperationsOf(2)->first, 4u);
  EXPECT_EQ(batch.OperationsOf(3), std::nullopt);  // the end
  EXPECT_EQ(TableMessageType(*batch.MessageOf(2)), NFT_MSG_NEWRULE);
  EXPECT_EQ(batch.MessageOf(77), nullptr);
}

TEST(BatchTest, WhatIsRememberedByOffsetIsFoundAgainAfterGrowth) {
  Batch batch(1);
  nlmsghdr* message = batch.Start(NFT_MSG_NEWTABLE, 0, Family::kIPv4, 0);
  PutString(message, NFTA_TABLE_NAME, "remember");
  const size_t offset = batch.OffsetOf(Attributes(*message).Bytes(NFTA_TABLE_NAME).data());
  for (size_t i = 1; i < 10'000; ++i) {
    PutString(batch.Start(NFT_MSG_NEWTABLE, 0, Family::kIPv4, i), NFTA_TABLE_NAME,
              std::string(200, 'x'));
  }
  EXPECT_STREQ(reinterpret_cast<const char*>(batch.At(offset)), "remember");
}

}  // namespace
}  // namespace nftsvc::netlink
