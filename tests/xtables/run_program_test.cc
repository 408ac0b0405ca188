// SPDX-License-Identifier: Apache-2.0
#include "src/xtables/run_program.h"

#include <gtest/gtest.h>

namespace nftsvc::xtables {
namespace {

TEST(RunProgramTest, GivesInputAndTakesOutput) {
  const std::string text(1'000'000, 'a');
  const absl::StatusOr<ProgramResult> result = RunProgram({"cat"}, text);
  ASSERT_EQ(result.status(), absl::OkStatus());
  EXPECT_EQ(result->exit_code, 0);
  EXPECT_EQ(result->out, text);
  EXPECT_EQ(result->err, "");
}

TEST(RunProgramTest, TellsHowItEnded) {
  const absl::StatusOr<ProgramResult> failed = RunProgram({"sh", "-c", "echo no >&2; exit 3"}, "");
  ASSERT_EQ(failed.status(), absl::OkStatus());
  EXPECT_EQ(failed->exit_code, 3);
  EXPECT_EQ(failed->err, "no\n");
  const absl::StatusOr<ProgramResult> killed = RunProgram({"sh", "-c", "kill -9 $$"}, "");
  ASSERT_EQ(killed.status(), absl::OkStatus());
  EXPECT_EQ(killed->exit_code, 137);
}

TEST(RunProgramTest, AProgramThatIsNotThereIsAFailure) {
  EXPECT_EQ(RunProgram({"no-such-program-as-this"}, "").status(),
            absl::NotFoundError("run no-such-program-as-this: No such file or directory"));
}

}  // namespace
}  // namespace nftsvc::xtables
