// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/encode_transaction.h"

#include <gtest/gtest.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netlink.h>

#include <algorithm>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "src/netlink/message.h"
#include "tests/netlink/sample_ruleset.h"

namespace nftsvc::netlink {
namespace {

using base::Family;

nft::AddElement Addition(const nft::Element& element) { return {element, nullptr, {}}; }

// The operations of each message: "0-2 3 4".
std::string Packing(EncodedTransaction encoded) {
  encoded.batch.SetSequences(0);
  std::vector<std::string> messages;
  for (uint32_t sequence = 1; sequence + 1 < encoded.batch.size(); ++sequence) {
    const Batch::Operations operations = *encoded.batch.OperationsOf(sequence);
    messages.push_back(
        operations.count == 1
            ? absl::StrCat(operations.first)
            : absl::StrCat(operations.first, "-", operations.first + operations.count - 1));
  }
  return absl::StrJoin(messages, " ");
}

TEST(EncodeTransactionTest, NeighboursInOneSetShareAMessage) {
  nft::Transaction transaction;
  for (uint8_t last = 1; last <= 5; ++last) {
    transaction.operations.push_back(Addition(Service(Family::kIPv4, last, "pick-1")));
  }
  EXPECT_EQ(Packing(Encode(transaction, 1)), "0-4");
}

TEST(EncodeTransactionTest, OrderIsKeptAcrossSetsFamiliesAndVerbs) {
  const model::FrontendKey frontend = Frontend(Family::kIPv4, 1);
  nft::Transaction transaction;
  transaction.operations = {
      nft::AddTable{Family::kIPv4},
      Addition(Service(Family::kIPv4, 1, "pick-1")),
      Addition(Service(Family::kIPv4, 2, "pick-1")),
      Addition(Service(Family::kIPv6, 1, "pick-1")),
      Addition(Endpoint(frontend, 0, 1)),
      Addition(Endpoint(frontend, 1, 1)),
      Deletion(Endpoint(frontend, 2, 1)),
      Addition(Endpoint(frontend, 3, 1)),
      nft::DeleteChain{Family::kIPv4, "pick-2"},
      Addition(Endpoint(frontend, 4, 1)),
  };
  EXPECT_EQ(Packing(Encode(transaction, 1)), "0 1-2 3 4-5 6 7 8 9");
}

TEST(EncodeTransactionTest, ListsAreSplitBeforeTheyAreLongerThanAnAttributeMayBe) {
  nft::Transaction transaction;
  for (uint32_t slot = 0; slot < 10'000; ++slot) {
    transaction.operations.push_back(Addition(Endpoint(Frontend(Family::kIPv6, 1), slot, 1)));
  }
  const EncodedTransaction encoded = Encode(transaction, 1);
  size_t longest = 0;
  ForEachMessage(encoded.batch.bytes(), [&](const nlmsghdr& message) {
    longest = std::max<size_t>(longest, message.nlmsg_len);
  });
  EXPECT_GT(longest, 63u << 10);
  EXPECT_LE(longest, 64u << 10);
  EXPECT_LT(encoded.batch.size(), 20u);
}

TEST(EncodeTransactionTest, SaysWhichCountersMustBeReadFirst) {
  const nft::Element element = Service(Family::kIPv4, 1, "pick-1");
  const auto sources = std::make_shared<const std::vector<nft::ElementKey>>(1, element.id);
  nft::Transaction transaction;
  transaction.operations = {Addition(Service(Family::kIPv4, 2, "pick-1")),
                            nft::AddElement{element, sources, {}},
                            nft::AddElement{element, nullptr, {1, 2}}};
  const EncodedTransaction encoded = Encode(transaction, 1);
  ASSERT_EQ(encoded.carried.size(), 1u);
  EXPECT_EQ(encoded.carried.front().operation, 1u);
  EXPECT_LT(encoded.carried.front().offset, encoded.batch.bytes().size());
}

TEST(EncodeTransactionTest, AnEmptyTransactionHasNoMessages) {
  EXPECT_TRUE(Encode({}, 1).batch.empty());
}

}  // namespace
}  // namespace nftsvc::netlink
