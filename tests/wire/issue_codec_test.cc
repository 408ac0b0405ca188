// SPDX-License-Identifier: Apache-2.0
#include "src/wire/issue_codec.h"

#include "gtest/gtest.h"

namespace nftsvc::wire {
namespace {

TEST(IssueCodecTest, DecodesWhatItEncodes) {
  const model::Issue issue = {
      .path = "services[3].ports[0].port", .message = "0 is not a port", .service = "default/web"};
  const v1::Issue message = EncodeIssue(issue);
  EXPECT_EQ(message.path(), "services[3].ports[0].port");
  EXPECT_EQ(message.message(), "0 is not a port");
  EXPECT_EQ(message.service(), "default/web");
  EXPECT_EQ(DecodeIssue(message), issue);
}

}  // namespace
}  // namespace nftsvc::wire
