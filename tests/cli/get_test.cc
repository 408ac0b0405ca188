// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "tests/cli/cli_run.h"

namespace nftsvc::cli {
namespace {

constexpr char kAnswer[] = R"pb(get {
                                  revision: 4
                                  snapshot { services { namespace: "default" name: "web" } }
                                })pb";

TEST(GetTest, PrintsASnapshotThatReadsBackTheSame) {
  const CliRun got(kAnswer, {"get"});
  EXPECT_EQ(got.code, kDone);
  EXPECT_THAT(got.out, testing::StartsWith("# revision 4\n"));
  const CliRun pushed("push {}", {"push", "-"}, got.out);
  EXPECT_EQ(pushed.request.push().snapshot().SerializeAsString(),
            CliRun::Parse(kAnswer).get().snapshot().SerializeAsString());
}

TEST(GetTest, ItsJsonIsASnapshotToo) {
  const CliRun got(kAnswer, {"get", "--output", "json"});
  const CliRun pushed("push {}", {"push", "--format", "json", "-"}, got.out);
  EXPECT_EQ(pushed.request.push().snapshot().services(0).name(), "web") << pushed.err;
}

TEST(GetTest, ServicesOfSeveralSourcesComeBySource) {
  const CliRun run(R"pb(get {
                          snapshot {
                            services { name: "a" }
                            services { name: "b" }
                            services { name: "c" }
                          }
                          sources: "push"
                          sources: "files/b.json"
                          sources: "push"
                        })pb",
                   {"get", "--source", "x"});
  EXPECT_EQ(run.request.get().source(), "x");
  EXPECT_EQ(run.out,
            "# revision 0\n# source files/b.json\nservices {\n  name: \"b\"\n}\n# source push\n"
            "services {\n  name: \"a\"\n}\nservices {\n  name: \"c\"\n}\n");
}

TEST(GetTest, AsksForOneServiceByName) {
  EXPECT_EQ(CliRun(kAnswer, {"get", "default/web"}).request.get().service(), "default/web");
  EXPECT_EQ(CliRun(kAnswer, {"get"}).request.get().service(), "");
}

}  // namespace
}  // namespace nftsvc::cli
