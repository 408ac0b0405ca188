// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/request.h"

#include <gtest/gtest.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netlink.h>

#include <set>

#include "src/netlink/attributes.h"
#include "src/netlink/message.h"
#include "tests/netlink/net_namespace.h"
#include "tests/netlink/nft_command.h"

namespace nftsvc::netlink {
namespace {

using base::Family;

class RequestTest : public KernelTest {
 protected:
  void SetUp() override {
    KernelTest::SetUp();
    if (IsSkipped()) return;
    absl::StatusOr<Socket> opened = Socket::Open();
    ASSERT_TRUE(opened.ok()) << opened.status();
    socket.emplace(*std::move(opened));
  }

  std::optional<Socket> socket;
};

TEST_F(RequestTest, AsksForOneThing) {
  ASSERT_EQ(Load("add table ip here"), "");
  Request request(NFT_MSG_GETTABLE, 0, Family::kIPv4);
  PutString(request.message(), NFTA_TABLE_NAME, "here");
  size_t answers = 0;
  const absl::Status status = request.Ask(*socket, "get table", [&](const nlmsghdr& message) {
    EXPECT_EQ(Attributes(message).String(NFTA_TABLE_NAME), "here");
    ++answers;
  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(answers, 1u);
}

TEST_F(RequestTest, SaysWhatItWasDoingWhenTheKernelSaysNo) {
  Request request(NFT_MSG_GETTABLE, 0, Family::kIPv4);
  PutString(request.message(), NFTA_TABLE_NAME, "nowhere");
  const absl::Status status =
      request.Ask(*socket, "get table", [](const nlmsghdr&) { ADD_FAILURE(); });
  EXPECT_EQ(status, absl::NotFoundError("get table: no such file or directory"));
}

TEST_F(RequestTest, ListsMoreThanOneDatagramHolds) {
  constexpr int kCount = 2000;
  std::string text;
  for (int i = 0; i < kCount; ++i) text += "add table ip t" + std::to_string(i) + "\n";
  ASSERT_EQ(Load(text), "");
  Request request(NFT_MSG_GETTABLE, NLM_F_DUMP, Family::kIPv4);
  std::set<std::string> names;
  const absl::Status status = request.Ask(*socket, "list tables", [&](const nlmsghdr& message) {
    names.insert(std::string(Attributes(message).String(NFTA_TABLE_NAME)));
  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(names.size(), kCount);
}

TEST_F(RequestTest, AListThatChangesUnderwayIsAborted) {
  std::string text;
  for (int i = 0; i < 2000; ++i) text += "add table ip t" + std::to_string(i) + "\n";
  ASSERT_EQ(Load(text), "");
  Request request(NFT_MSG_GETTABLE, NLM_F_DUMP, Family::kIPv4);
  bool changed = false;
  const absl::Status status = request.Ask(*socket, "list tables", [&](const nlmsghdr&) {
    if (changed) return;
    EXPECT_EQ(Load("add table ip another"), "");
    changed = true;
  });
  EXPECT_TRUE(absl::IsAborted(status)) << status;
}

TEST_F(RequestTest, WhatIsLeftOfAnEarlierAnswerDoesNotCount) {
  // An answer that nobody waits for.
  std::vector<uint8_t> room(kMessageRoom);
  const nlmsghdr* stray =
      StartMessage(room.data(), NFT_MSG_GETGEN, NLM_F_ACK, Family::kIPv4, socket->TakeSequences(1));
  ASSERT_TRUE(socket->Send({room.data(), stray->nlmsg_len}).ok());
  Request request(NFT_MSG_GETTABLE, 0, Family::kIPv4);
  PutString(request.message(), NFTA_TABLE_NAME, "nowhere");
  const absl::Status status =
      request.Ask(*socket, "get table", [](const nlmsghdr&) { ADD_FAILURE(); });
  EXPECT_TRUE(absl::IsNotFound(status)) << status;
}

}  // namespace
}  // namespace nftsvc::netlink
