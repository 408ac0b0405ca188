// SPDX-License-Identifier: Apache-2.0
#include "src/cli/snapshot_input.h"

#include <gmock/gmock.h>

#include "tests/cli/cli_run.h"

namespace nftsvc::cli {
namespace {

using ::testing::HasSubstr;

std::string PushedName(const std::vector<std::string>& arguments, const std::string& input) {
  const CliRun run("push {}", arguments, input);
  EXPECT_EQ(run.code, kDone) << run.err;
  return run.request.push().snapshot().services(0).name();
}

TEST(SnapshotInputTest, TellsTheFormatByItself) {
  v1::Snapshot snapshot;
  snapshot.add_services()->set_name("web");
  EXPECT_EQ(PushedName({"push", "-"}, R"pb(services { name: "web" })pb"), "web");
  EXPECT_EQ(PushedName({"push", "-"}, R"({"services": [{"name": "web"}]})"), "web");
  EXPECT_EQ(PushedName({"push", "-"}, snapshot.SerializeAsString()), "web");
}

TEST(SnapshotInputTest, AMistakeNamesTheFileAndWhere) {
  const CliRun run("", {"push", "-"}, "services {\n  nmae: \"web\"\n}");
  EXPECT_EQ(run.code, kFailed);
  EXPECT_EQ(run.requests, 0);
  EXPECT_THAT(run.err, HasSubstr("nftsvc: -: "));
  EXPECT_THAT(run.err, HasSubstr("line 2"));
}

TEST(SnapshotInputTest, AGivenFormatIsTakenAtItsWord) {
  EXPECT_EQ(CliRun("", {"push", "--format", "json", "-"}, "services {}").code, kFailed);
  EXPECT_EQ(CliRun("", {"push", "--format", "xml", "-"}).code, kUsage);
}

TEST(SnapshotInputTest, NothingAtAllIsASnapshotOnlyIfItsFormatIsGiven) {
  const CliRun run("", {"push", "-"}, "");
  EXPECT_EQ(run.code, kFailed);
  EXPECT_EQ(run.requests, 0);
  EXPECT_THAT(run.err, HasSubstr("would remove all services"));
  EXPECT_EQ(CliRun("push {}", {"push", "--format", "textproto", "-"}, "").code, kDone);
}

TEST(SnapshotInputTest, AMissingFileIsNamed) {
  const CliRun run("", {"diff", "/no/such"});
  EXPECT_EQ(run.code, kFailed);
  EXPECT_EQ(run.err, "nftsvc: read /no/such: No such file or directory\n");
}

}  // namespace
}  // namespace nftsvc::cli
