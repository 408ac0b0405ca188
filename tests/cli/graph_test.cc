// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "tests/cli/cli_run.h"

namespace nftsvc::cli {
namespace {

using ::testing::HasSubstr;

TEST(GraphTest, AServiceIsNeeded) { EXPECT_EQ(CliRun("", {"graph"}).code, kUsage); }

TEST(GraphTest, AnUnknownFormatIsUsage) {
  const CliRun run("", {"graph", "--format", "png", "default/web"});
  EXPECT_EQ(run.code, kUsage);
  EXPECT_EQ(run.requests, 0);
}

TEST(GraphTest, AServiceThatIsNotThereIsTold) {
  const CliRun run("error { code: NOT_FOUND message: 'no service a/b' }", {"graph", "a/b"});
  EXPECT_EQ(run.code, kFailed);
  EXPECT_EQ(run.request.get().service(), "a/b");
  EXPECT_THAT(run.err, HasSubstr("no service a/b"));
}

}  // namespace
}  // namespace nftsvc::cli
