// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "tests/cli/cli_run.h"

namespace nftsvc::cli {
namespace {

using ::testing::HasSubstr;

// `nftsvc watch` with a daemon that tells these events and then is gone.
struct WatchRun {
  WatchRun(const std::vector<std::string>& answers, const std::vector<std::string>& arguments) {
    std::istringstream in;
    std::ostringstream out_stream, err_stream;
    Session session{.in = in, .out = out_stream, .err = err_stream, .call = {}};
    session.stream = [&](const std::string&, const v1::Request& request,
                         const std::function<bool(const v1::Response&)>& each) {
      EXPECT_TRUE(request.has_watch());
      for (const std::string& answer : answers) {
        ++told;
        if (!each(CliRun::Parse(answer))) return absl::OkStatus();
      }
      return absl::UnavailableError("read answer: nftsvcd hung up");
    };
    code = Run(arguments, session);
    out = out_stream.str();
    err = err_stream.str();
  }

  int code = -1;
  int told = 0;
  std::string out;
  std::string err;
};

TEST(WatchTest, PrintsEachEventUntilTheDaemonEnds) {
  const WatchRun run({"watch { time: 'T1' watching { in_sync: true } }",
                      "watch { time: 'T2' revision: 2 in_sync {} }"},
                     {"watch"});
  EXPECT_EQ(run.code, kFailed);
  EXPECT_THAT(run.out, HasSubstr("T1  watching"));
  EXPECT_THAT(run.out, HasSubstr("T2  in sync again"));
  EXPECT_THAT(run.err, HasSubstr("hung up"));
}

TEST(WatchTest, EndsAfterAsManyAsWereAskedFor) {
  const WatchRun run({"watch { in_sync {} }", "watch { in_sync {} }", "watch { in_sync {} }"},
                     {"watch", "--count", "2", "--output", "json"});
  EXPECT_EQ(run.code, kDone) << run.err;
  EXPECT_EQ(run.told, 2);
  EXPECT_EQ(run.out, "{\"in_sync\":{}}\n{\"in_sync\":{}}\n");
}

TEST(WatchTest, ARefusalIsTold) {
  const WatchRun run({"error { code: INVALID message: 'what is that?' }"}, {"watch"});
  EXPECT_EQ(run.code, kFailed);
  EXPECT_THAT(run.err, HasSubstr("what is that?"));
}

}  // namespace
}  // namespace nftsvc::cli
