// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/userdata.h"

#include <gtest/gtest.h>

#include <string>

namespace nftsvc::netlink {
namespace {

TEST(UserdataTest, RecordsAreFoundByType) {
  std::vector<uint8_t> userdata;
  AppendComment(userdata, "a comment");
  const std::vector<uint8_t> value = {1, 2, 3};
  AppendRecord(userdata, kRuleDigest, value);
  EXPECT_EQ(CommentIn(userdata), "a comment");
  const auto found = FindRecord(userdata, kRuleDigest);
  EXPECT_EQ(std::vector<uint8_t>(found.begin(), found.end()), value);
  EXPECT_TRUE(FindRecord(userdata, 9).empty());
}

TEST(UserdataTest, ACommentIsWrittenWithItsEndAsNftWantsIt) {
  std::vector<uint8_t> userdata;
  AppendComment(userdata, "ab");
  EXPECT_EQ(userdata, (std::vector<uint8_t>{0, 3, 'a', 'b', 0}));
}

TEST(UserdataTest, ACommentWithoutItsEndIsRead) {
  const std::vector<uint8_t> userdata = {0, 2, 'a', 'b'};
  EXPECT_EQ(CommentIn(userdata), "ab");
  EXPECT_EQ(CommentIn({}), "");
}

TEST(UserdataTest, ARecordLongerThanWhatIsThereIsNone) {
  std::vector<uint8_t> userdata;
  AppendComment(userdata, "abc");
  AppendComment(userdata, "def");
  for (size_t size = 0; size < 6; ++size) {
    EXPECT_EQ(CommentIn({userdata.data(), size}), "") << size;
  }
  EXPECT_EQ(CommentIn({userdata.data(), 6}), "abc");
}

}  // namespace
}  // namespace nftsvc::netlink
