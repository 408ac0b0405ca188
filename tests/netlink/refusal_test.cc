// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/refusal.h"

#include <gtest/gtest.h>
#include <linux/netfilter/nf_tables.h>

#include <cerrno>

#include "src/netlink/attributes.h"
#include "src/netlink/encode_transaction.h"
#include "tests/netlink/sample_ruleset.h"

namespace nftsvc::netlink {
namespace {

using base::Family;

// What kernels say that this one does not. (What it does say: commit_test.cc.)
class RefusalTest : public testing::Test {
 protected:
  RefusalTest() {
    transaction_.operations.push_back(nft::AddTable{Family::kIPv4});
    for (uint8_t last = 1; last <= 3; ++last) {
      transaction_.operations.push_back(
          nft::AddElement{Service(Family::kIPv4, last, "pick-1"), nullptr, {}});
    }
    const nft::Rule rule = {nft::MatchDnat{}, nft::Drop{}};
    transaction_.operations.push_back(nft::AddRule{Family::kIPv4, "pick-1", rule});
  }

  // The answer to the message with this number: 0 is the begin, 1 the table, 2 the elements, 3 the
  // rule.
  std::string Say(uint32_t message, int error, std::optional<uint32_t> offset = std::nullopt) {
    EncodedTransaction encoded = Encode(transaction_, 1);
    encoded.batch.SetSequences(500);
    const absl::Status status =
        Refusal(transaction_, encoded.batch, {{500 + message, error, offset}});
    return absl::StatusCodeToString(status.code()) + ": " + std::string(status.message());
  }

  nft::Transaction transaction_;
};

TEST_F(RefusalTest, NamesAllElementsOfAMessageIfTheKernelDoesNotTellWhich) {
  EXPECT_EQ(Say(2, EEXIST),
            "ALREADY_EXISTS: commit: one of 3 from add element ip nftsvc services "
            "{ 10.0.0.1 . tcp . 80 : goto pick-1 } to add element ip nftsvc services "
            "{ 10.0.0.3 . tcp . 80 : goto pick-1 }: file exists");
  // An offset that is of no element tells no more.
  EXPECT_EQ(Say(2, EEXIST, 20), Say(2, EEXIST));
  EXPECT_EQ(Say(2, EEXIST, 1'000'000), Say(2, EEXIST));
}

TEST_F(RefusalTest, SaysWhatTheKernelLacks) {
  EncodedTransaction encoded = Encode(transaction_, 1);
  encoded.batch.SetSequences(500);
  const nlmsghdr* message = encoded.batch.MessageOf(503);
  const Attributes rule(*message);
  const auto* first = reinterpret_cast<const uint8_t*>(rule.Find(NFTA_RULE_EXPRESSIONS)) + 4;
  const auto offset = static_cast<uint32_t>(first - reinterpret_cast<const uint8_t*>(message));
  EXPECT_EQ(Say(3, ENOENT, offset),
            "UNIMPLEMENTED: commit: add rule ip nftsvc pick-1 ct status dnat drop: "
            "kernel lacks nft_ct (CONFIG_NFT_CT)");
}

TEST_F(RefusalTest, SpeaksOfTheBatchIfTheKernelDoes) {
  EXPECT_EQ(Say(0, EOPNOTSUPP), "UNIMPLEMENTED: commit: kernel lacks nf_tables (CONFIG_NF_TABLES)");
  EXPECT_EQ(Say(0, ENOMEM), "UNAVAILABLE: commit: cannot allocate memory");
  EXPECT_EQ(Say(0, ERESTART),
            "ABORTED: commit: somebody else changed the kernel's ruleset meanwhile");
}

}  // namespace
}  // namespace nftsvc::netlink
