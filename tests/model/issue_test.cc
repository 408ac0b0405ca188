// SPDX-License-Identifier: Apache-2.0
#include "src/model/issue.h"

#include "gtest/gtest.h"

namespace nftsvc::model {
namespace {

TEST(IssueTest, PrintsPathAndMessage) {
  const Issue issue = {
      .path = "services[3].ports[0].port", .message = "0 is not a port", .service = "a/b"};
  EXPECT_EQ(issue.ToString(), "services[3].ports[0].port: 0 is not a port");
}

TEST(IssueTest, PrintsTheMessageAloneWithoutAPath) {
  EXPECT_EQ((Issue{.path = "", .message = "is wrong", .service = ""}.ToString()), "is wrong");
}

}  // namespace
}  // namespace nftsvc::model
