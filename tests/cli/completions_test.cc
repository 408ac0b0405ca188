// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "tests/cli/cli_run.h"

namespace nftsvc::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(CompletionsTest, EveryShellHasAScriptWithoutADaemon) {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const CliRun run("", {"completions", shell});
    EXPECT_EQ(run.code, kDone) << shell;
    EXPECT_EQ(run.requests, 0) << shell;
    for (const char* word : {"push", "kubernetes", "dry-run", "textproto"}) {
      EXPECT_THAT(run.out, HasSubstr(word)) << shell;
    }
  }
}

TEST(CompletionsTest, AnotherShellIsUsage) {
  EXPECT_EQ(CliRun("", {"completions", "tcsh"}).code, kUsage);
  EXPECT_EQ(CliRun("", {"completions"}).code, kUsage);
}

TEST(CompletionsTest, HelpDoesNotTellOfIt) {
  EXPECT_THAT(CliRun("", {"--help"}).out, Not(HasSubstr("completions")));
}

}  // namespace
}  // namespace nftsvc::cli
