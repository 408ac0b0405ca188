// SPDX-License-Identifier: Apache-2.0
#include "src/cli/push_result.h"

#include <gtest/gtest.h>

#include "tests/cli/cli_run.h"

namespace nftsvc::cli {
namespace {

TEST(PushResultTest, ChangesAreColouredByWhatHappens) {
  const v1::Response response = CliRun::Parse(R"pb(push {
                                                     service_changes: "+ a"
                                                     service_changes: "~ b"
                                                     service_changes: "- c"
                                                     nft_operations: "add x"
                                                     nft_operations: "delete y"
                                                   })pb");
  EXPECT_EQ(RenderChanges(response.push(), Style(true)),
            "\x1b[32m+ a\x1b[0m\n"
            "\x1b[33m~ b\x1b[0m\n"
            "\x1b[31m- c\x1b[0m\n"
            "\n"
            "\x1b[32madd x\x1b[0m\n"
            "\x1b[31mdelete y\x1b[0m\n");
}

TEST(PushResultTest, AChangeThatNeedsNoOperationIsStillCounted) {
  const v1::Response response =
      CliRun::Parse("push { revision: 2 services: 1 services_changed: 1 }");
  EXPECT_EQ(RenderCounts(response.push(), Style()),
            "revision 2: 1 service, 0 added, 1 changed, 0 removed, 0 operations\n");
}

}  // namespace
}  // namespace nftsvc::cli
