// SPDX-License-Identifier: Apache-2.0
#include "src/cli/session.h"

#include <gmock/gmock.h>

#include <fstream>

#include "tests/cli/cli_run.h"

namespace nftsvc::cli {
namespace {

using ::testing::HasSubstr;

constexpr char kRefusal[] = R"pb(
  error {
    code: INVALID
    message: "push: 2 mistakes"
    issues { path: "services[3].ports[0].port" message: "0 is not a port" service: "default/web" }
    issues { path: "services[4].name" message: "is empty" }
    issues_left_off: 7
  })pb";

TEST(SessionTest, ARefusalPrintsEveryIssueOnALineAndThenTheMessage) {
  const CliRun run(kRefusal, {"status"});
  EXPECT_EQ(run.code, kFailed);
  EXPECT_EQ(run.out, "");
  EXPECT_EQ(run.err,
            "services[3].ports[0].port: 0 is not a port (default/web)\n"
            "services[4].name: is empty\n"
            "and 7 more\n"
            "nftsvc: push: 2 mistakes\n");
}

TEST(SessionTest, ARefusalAsJsonIsOneObjectOnStandardError) {
  const CliRun run(kRefusal, {"status", "--output", "json"});
  EXPECT_EQ(run.code, kFailed);
  EXPECT_EQ(run.out, "");
  EXPECT_THAT(run.err, testing::StartsWith("{"));
  EXPECT_THAT(run.err, HasSubstr("\"services[3].ports[0].port\""));
}

TEST(SessionTest, ADaemonThatCannotBeReachedIsAFailure) {
  const CliRun run(absl::UnavailableError("connect /x: no such file or directory"), {"status"});
  EXPECT_EQ(run.code, kFailed);
  EXPECT_EQ(run.err, "nftsvc: connect /x: no such file or directory\n");
}

struct Streams {
  std::istringstream in{"from input"};
  std::ostringstream out, err;
  Session session{.in = in, .out = out, .err = err, .call = {}};
};

TEST(ReadInputTest, ADashIsStandardInput) {
  Streams streams;
  EXPECT_EQ(*ReadInput(streams.session, "-"), "from input");
}

TEST(ReadInputTest, AFileIsReadWholeAlsoWhenItIsEmpty) {
  Streams streams;
  const std::string path = testing::TempDir() + "/read_input_test";
  std::ofstream(path) << "a\0b" << '\n';
  EXPECT_EQ(*ReadInput(streams.session, path), "a\n");
  std::ofstream(path, std::ios::trunc).close();
  EXPECT_EQ(*ReadInput(streams.session, path), "");
  EXPECT_EQ(*ReadInput(streams.session, "/dev/null"), "");
}

TEST(ReadInputTest, AMissingFileAndADirectoryAreNamed) {
  Streams streams;
  EXPECT_EQ(ReadInput(streams.session, "/no/such").status().message(),
            "read /no/such: No such file or directory");
  EXPECT_EQ(ReadInput(streams.session, "/").status().message(), "read /: Is a directory");
}

}  // namespace
}  // namespace nftsvc::cli
