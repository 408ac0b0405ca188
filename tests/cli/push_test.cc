// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "tests/cli/cli_run.h"

namespace nftsvc::cli {
namespace {

using ::testing::HasSubstr;

constexpr char kPushedSnapshot[] = R"pb(services { name: "web" })pb";
constexpr char kPushed[] = R"pb(
  push {
    revision: 7
    services: 3
    services_added: 1
    operations: 14
    validate_us: 400
    plan_us: 90
    commit_us: 1100
    persist_us: 3000000
  })pb";

TEST(PushTest, SendsTheSnapshotAndPrintsWhatItDid) {
  const CliRun run(kPushed, {"push", "-"}, kPushedSnapshot);
  EXPECT_EQ(run.code, kDone) << run.err;
  EXPECT_EQ(run.request.push().snapshot().services(0).name(), "web");
  EXPECT_FALSE(run.request.push().dry_run());
  EXPECT_FALSE(run.request.push().accept_valid());
  EXPECT_FALSE(run.request.push().want_changes());
  EXPECT_EQ(run.out,
            "revision 7: 3 services, 1 added, 0 changed, 0 removed, 14 operations\n"
            "checked in 400 us, planned in 90 us, committed in 1.1 ms, saved in 3.0 s\n");
  EXPECT_EQ(run.err, "");
}

TEST(PushTest, ADryRunSaysThatNothingWasChanged) {
  const CliRun run(R"pb(push {
                          revision: 7
                          services: 3
                          services_added: 1
                          operations: 14
                          service_changes: "+ default/web"
                          nft_operations: "add element ip nftsvc services { ... }"
                          changes_left_off: 13
                        })pb",
                   {"push", "--dry-run", "-"}, kPushedSnapshot);
  EXPECT_TRUE(run.request.push().dry_run());
  EXPECT_TRUE(run.request.push().want_changes());
  EXPECT_EQ(run.out,
            "+ default/web\n"
            "\n"
            "add element ip nftsvc services { ... }\n"
            "and 13 more\n"
            "revision 7: 3 services, 1 added, 0 changed, 0 removed, 14 operations\n"
            "dry run: nothing was changed\n");
}

TEST(PushTest, TheSamePushAgainIsNothingToChange) {
  const CliRun run("push { revision: 7 services: 1 }", {"push", "-"}, kPushedSnapshot);
  EXPECT_EQ(run.out, "revision 7: 1 service, nothing to change\n");
}

TEST(PushTest, ServicesLeftOutAreReportedAndTheRestIsDone) {
  const CliRun run(R"pb(push {
                          revision: 8
                          services: 1
                          operations: 2
                          issues { path: "services[0].name" message: "is empty" }
                        })pb",
                   {"push", "--accept-valid", "-"}, kPushedSnapshot);
  EXPECT_EQ(run.code, kDone);
  EXPECT_TRUE(run.request.push().accept_valid());
  EXPECT_EQ(run.err,
            "services[0].name: is empty\n"
            "warning: the services above are left as they were\n");
  EXPECT_THAT(run.out, HasSubstr("revision 8"));
}

TEST(PushTest, AStateDirectoryThatCannotBeWrittenIsAWarning) {
  const CliRun run(R"pb(push { revision: 8 operations: 2 persist_warning: "disk full" })pb",
                   {"push", "-"}, kPushedSnapshot);
  EXPECT_EQ(run.code, kDone);
  EXPECT_EQ(run.err, "warning: disk full\n");
}

TEST(PushTest, JsonPrintsTheWholeResultAndNothingElse) {
  const CliRun run(kPushed, {"push", "--output", "json", "-"}, kPushedSnapshot);
  EXPECT_EQ(run.code, kDone);
  EXPECT_THAT(run.out, testing::StartsWith("{"));
  EXPECT_THAT(run.out, HasSubstr("\"services_added\": 1"));
}

TEST(PushTest, AFileIsRequired) { EXPECT_EQ(CliRun("", {"push"}).code, kUsage); }

}  // namespace
}  // namespace nftsvc::cli
