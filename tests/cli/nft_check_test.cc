// SPDX-License-Identifier: Apache-2.0
#include "src/cli/nft_check.h"

#include <gmock/gmock.h>

// Each case is a process of its own under ctest, and leaves the host's network namespace first.
namespace nftsvc::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class NftCheckTest : public testing::Test {
 protected:
  void SetUp() override {
    const absl::Status status = EnterPrivateNetwork();
    ASSERT_TRUE(status.ok()) << status;
  }
};

TEST_F(NftCheckTest, ARulesetThatLoadsPassesAndIsNotLoaded) {
  EXPECT_TRUE(CheckNftText("table ip nftsvc {\n chain c {\n accept\n }\n}\n").ok());
  const absl::StatusOr<std::string> listing = ListOurTables();
  ASSERT_TRUE(listing.ok()) << listing.status();
  EXPECT_EQ(*listing, "");
}

TEST_F(NftCheckTest, AMistakeComesWithNftsWordsAndTheLine) {
  const absl::Status status = CheckNftText("table ip nftsvc {\n chain c {\n frobnicate\n }\n}\n");
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), StartsWith("line 3:"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("syntax error"));
}

TEST_F(NftCheckTest, WhatOnlyTheKernelRefusesFailsToo) {
  const absl::Status status = CheckNftText("delete table ip nftsvc\n");
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("No such file or directory"));
}

}  // namespace
}  // namespace nftsvc::cli
