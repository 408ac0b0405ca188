// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "tests/cli/cli_run.h"

namespace nftsvc::cli {
namespace {

using ::testing::HasSubstr;

TEST(ExplainTest, SendsThePacketAndPrintsTheStoryAsATree) {
  const CliRun run(R"pb(explain {
                          steps: "10.0.0.1:80/tcp is a cluster IP of default/web:http"
                          steps: "the client is no pod"
                          verdict: "forward"
                          shares { endpoint: "10.1.0.2:80" name: "a" share: 0.25 masquerade: true }
                          shares { endpoint: "10.1.0.3:80" share: 0.75 }
                        })pb",
                   {"explain", "--from", "192.0.2.1", "--interface", "eth0", "10.0.0.1:80/tcp"});
  EXPECT_EQ(run.code, kDone) << run.err;
  const v1::ExplainRequest& request = run.request.explain();
  EXPECT_EQ(request.destination(), "10.0.0.1");
  EXPECT_EQ(request.port(), 80);
  EXPECT_EQ(request.protocol(), v1::TCP);
  EXPECT_EQ(request.source(), "192.0.2.1");
  EXPECT_EQ(request.interface(), "eth0");
  EXPECT_EQ(run.out,
            "10.0.0.1:80/tcp from 192.0.2.1 through eth0\n"
            "├─ 10.0.0.1:80/tcp is a cluster IP of default/web:http\n"
            "├─ the client is no pod\n"
            "└─ forwarded to one of 2 endpoints\n"
            "   │   SHARE  ENDPOINT     NAME  SOURCE\n"
            "   ├─ 25.0 %  10.1.0.2:80  a     masqueraded\n"
            "   └─ 75.0 %  10.1.0.3:80        kept\n");
}

TEST(ExplainTest, AClientThatIsKeptIsToldItsEndpoint) {
  const CliRun run(R"pb(explain {
                          verdict: "forward"
                          kept_endpoint: "10.1.0.3:80"
                          shares { endpoint: "10.1.0.2:80" share: 0.5 }
                          shares { endpoint: "10.1.0.3:80" share: 0.5 }
                        })pb",
                   {"explain", "--from", "192.0.2.1", "10.0.0.1:80/tcp"});
  EXPECT_THAT(run.out, HasSubstr("└─ forwarded to 10.1.0.3:80, which session affinity keeps this "
                                 "client on; one that is new:\n"));
}

TEST(ExplainTest, EveryVerdictIsSaidInWords) {
  const auto verdict = [](const std::string& word) {
    return CliRun("explain { verdict: \"" + word + "\" }", {"explain", "[fd00::1]:53/udp"}).out;
  };
  EXPECT_THAT(verdict("reject"), HasSubstr("└─ rejected"));
  EXPECT_THAT(verdict("drop"), HasSubstr("└─ dropped\n"));
  EXPECT_THAT(verdict("none"), HasSubstr("└─ not a service's"));
}

TEST(ExplainTest, ADestinationThatIsNoneIsUsageAndAsksNobody) {
  const CliRun run("", {"explain", "10.0.0.1:80"});
  EXPECT_EQ(run.code, kUsage);
  EXPECT_EQ(run.requests, 0);
  EXPECT_THAT(run.err, HasSubstr("\"10.0.0.1:80\" has no protocol"));
}

}  // namespace
}  // namespace nftsvc::cli
