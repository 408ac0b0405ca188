// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "tests/cli/cli_run.h"

namespace nftsvc::cli {
namespace {

constexpr char kListAnswer[] = R"pb(
  list {
    services {
      service: "default/my-service"
      ports {
        name: "http"
        protocol: TCP
        frontends: "10.104.14.67:80"
        frontends: "[fd00::67]:80"
        frontends: "*:30080"
        endpoints: 3
        usable_endpoints: 2
        connections: 3000
        endpoint_connections { address: "10.0.0.2:80" name: "web-a" connections: 1011 }
        endpoint_connections { address: "10.0.0.3:80" connections: 1989 }
      }
    }
    services {
      service: "dns"
      ports { protocol: UDP frontends: "10.96.0.10:53" endpoints: 0 }
    }
  })pb";

TEST(ListTest, PrintsAnAlignedTable) {
  const CliRun run(kListAnswer, {"list"});
  EXPECT_EQ(run.code, kDone);
  EXPECT_EQ(
      run.out,
      "SERVICE             PORT      FRONTENDS                         ENDPOINTS  CONNECTIONS\n"
      "default/my-service  http/tcp  10.104.14.67:80 [fd00::67]:80 +1  2/3               3000\n"
      "dns                 udp       10.96.0.10:53                     0/0                  0\n");
}

TEST(ListTest, WideShowsEveryFrontendAndEveryEndpoint) {
  const CliRun run(kListAnswer, {"list", "--wide", "default/my-service"});
  EXPECT_EQ(run.request.list().service(), "default/my-service");
  EXPECT_THAT(run.out, testing::HasSubstr("10.104.14.67:80 [fd00::67]:80 *:30080  2/3"));
  EXPECT_THAT(run.out, testing::ContainsRegex("\n +10\\.0\\.0\\.2:80 +web-a +1011\n"));
  EXPECT_THAT(run.out, testing::ContainsRegex("\n +10\\.0\\.0\\.3:80 +1989\n"));
}

TEST(ListTest, WithSessionAffinityAnEndpointsCountIsSaidToBeOfNewClients) {
  const std::string answer = R"pb(
    list {
      services {
        service: "default/cart"
        ports {
          protocol: TCP
          connections: 9
          affinity_seconds: 60
          endpoint_connections { address: "10.0.0.2:80" connections: 2 }
        }
      }
    })pb";
  EXPECT_THAT(CliRun(answer, {"list", "--wide"}).out,
              testing::ContainsRegex(" 9\n +10\\.0\\.0\\.2:80 +new 2\nnew: session affinity;"));
  EXPECT_THAT(CliRun(answer, {"list"}).out, testing::Not(testing::HasSubstr("new")));
}

TEST(ListTest, JsonHasTheNamesOfTheProtocol) {
  const CliRun run(kListAnswer, {"--output", "json", "list"});
  EXPECT_THAT(run.out, testing::HasSubstr("\"usable_endpoints\": 2"));
}

TEST(ListTest, WhoBroughtAServiceIsShownWhereNotAllWerePushed) {
  const CliRun run(R"pb(list {
                          services {
                            service: "a"
                            source: "push"
                            ports { protocol: TCP frontends: "10.96.0.1:80" }
                          }
                          services {
                            service: "b"
                            source: "files/b.json"
                            ports { protocol: TCP frontends: "10.96.0.2:80" }
                          }
                        })pb",
                   {"list"});
  EXPECT_EQ(run.out,
            "SERVICE  PORT  FRONTENDS     ENDPOINTS  CONNECTIONS  SOURCE\n"
            "a        tcp   10.96.0.1:80  0/0                  0  push\n"
            "b        tcp   10.96.0.2:80  0/0                  0  files/b.json\n");
}

}  // namespace
}  // namespace nftsvc::cli
