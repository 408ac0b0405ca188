// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "tests/cli/cli_run.h"

namespace nftsvc::cli {
namespace {

TEST(DiffTest, AsksForADryRunAndPrintsServicesBeforeOperations) {
  const CliRun run(R"pb(push {
                          revision: 7
                          services: 2
                          services_added: 1
                          operations: 2
                          service_changes: "+ default/web"
                          nft_operations: "add element ip nftsvc services { ... }"
                          changes_left_off: 5
                        })pb",
                   {"diff", "-"}, R"pb(services { name: "web" })pb");
  EXPECT_EQ(run.code, kDone) << run.err;
  EXPECT_TRUE(run.request.push().dry_run());
  EXPECT_TRUE(run.request.push().want_changes());
  EXPECT_EQ(run.out,
            "+ default/web\n"
            "\n"
            "add element ip nftsvc services { ... }\n"
            "and 5 more\n"
            "revision 7: 2 services, 1 added, 0 changed, 0 removed, 2 operations\n");
}

TEST(DiffTest, IsOfASourceLikeThePush) {
  const CliRun run("push { revision: 7 services: 2 }",
                   {"diff", "--source", "ci", "--accept-valid", "-"},
                   R"pb(services { name: "web" })pb");
  EXPECT_EQ(run.request.push().source(), "ci");
  EXPECT_TRUE(run.request.push().accept_valid());
}

TEST(DiffTest, WithoutADifferenceItSaysSo) {
  const CliRun run("push { revision: 7 services: 2 }", {"diff", "-"},
                   R"pb(services { name: "web" })pb");
  EXPECT_EQ(run.out, "revision 7: 2 services, nothing to change\n");
}

}  // namespace
}  // namespace nftsvc::cli
