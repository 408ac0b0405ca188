// SPDX-License-Identifier: Apache-2.0
#include "src/daemon/web_server.h"

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "tests/daemon/own_namespace.h"
#include "tests/http/client.h"
#include "tests/support/loop.h"

// Real sockets, and a reconciler whose kernel is in memory.
namespace nftsvc::daemon {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr uint16_t kWebPort = 10256;

class WebServerTest : public OwnNamespaceTest {
 protected:
  void SetUp() override {
    OwnNamespaceTest::SetUp();
    if (IsSkipped()) return;
    sd_event* event = nullptr;
    ASSERT_GE(sd_event_new(&event), 0);
    event_.reset(event);
    ASSERT_EQ(loop_.Start(), absl::OkStatus());
    auto server = WebServer::Start(
        event,
        {.reconciler = *loop_,
         .pushes = pushes_,
         .client_count = [] { return size_t{3}; },
         .buffered_bytes = [] { return size_t{4}; },
         .problems = [](auto& problems) { problems["http"] = ""; }},
        [this] { return loop_.now; }, Log());
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    server_->Configure({.listen = {{testing::Ip("127.0.0.1"), kWebPort}}});
    ASSERT_EQ(server_->problem(), "");
  }

  std::string Get(const std::string& path, const std::string& verb = "GET") {
    return testing::AskBy("127.0.0.1", kWebPort, event_.get(),
                          absl::StrCat(verb, " ", path, " HTTP/1.1\r\nHost: a\r\n\r\n"));
  }

  testing::Loop loop_;
  control::PushLog pushes_;
  control::EventLoop event_;
  std::unique_ptr<WebServer> server_;
};

TEST_F(WebServerTest, MetricsAreInPrometheusFormat) {
  const std::string answer = Get("/metrics");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, HasSubstr("\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
  EXPECT_THAT(answer, HasSubstr("\nnftsvc_in_sync 1\n"));
  EXPECT_THAT(answer, HasSubstr("\nnftsvc_control_clients 3\n"));
}

TEST_F(WebServerTest, ThePageComesWithItsPolicy) {
  const std::string answer = Get("/");
  EXPECT_THAT(answer, HasSubstr("\r\nContent-Type: text/html; charset=utf-8\r\n"));
  EXPECT_THAT(answer, HasSubstr("\r\nContent-Security-Policy: default-src 'none'; style-src"));
  EXPECT_THAT(answer, HasSubstr("\r\nX-Content-Type-Options: nosniff\r\n"));
  EXPECT_THAT(answer, HasSubstr("<!doctype html>"));
}

TEST_F(WebServerTest, HealthFollowsTheKernelAndLifeDoesNot) {
  for (const char* path : {"/healthz", "/livez", "/readyz"}) {
    EXPECT_THAT(Get(path), StartsWith("HTTP/1.1 200")) << path;
  }
  loop_.kernel.CommitElsewhere();
  for (size_t i = 0; i < 20; ++i) {
    loop_.kernel.FailCall(loop_.kernel.calls().size() + i, {.status = absl::UnavailableError("x")});
  }
  loop_.PollWhenDue();
  EXPECT_THAT(Get("/healthz"), StartsWith("HTTP/1.1 503"));
  EXPECT_THAT(Get("/readyz"), StartsWith("HTTP/1.1 503"));
  EXPECT_THAT(Get("/livez"), StartsWith("HTTP/1.1 200"));
  const std::string metrics = Get("/metrics");
  EXPECT_THAT(metrics, HasSubstr("\nkubeproxy_proxy_healthz_total{code=\"503\"} 1\n"));
  EXPECT_THAT(metrics, HasSubstr("\nnftsvc_in_sync 0\n"));
}

TEST_F(WebServerTest, ManyScrapesReadTheKernelOnce) {
  const size_t before = loop_.kernel.CountOf(testing::FakeKernel::Call::kReadCounters);
  for (int i = 0; i < 5; ++i) Get("/metrics");
  EXPECT_EQ(loop_.kernel.CountOf(testing::FakeKernel::Call::kReadCounters), before + 1);
  loop_.now += absl::Seconds(2);
  Get("/");
  EXPECT_EQ(loop_.kernel.CountOf(testing::FakeKernel::Call::kReadCounters), before + 2);
}

TEST_F(WebServerTest, OtherPathsAndVerbsAreNotThere) {
  EXPECT_THAT(Get("/metrics/"), StartsWith("HTTP/1.1 404"));
  EXPECT_THAT(Get("/../etc/passwd"), StartsWith("HTTP/1.1 404"));
  EXPECT_THAT(Get("/metrics", "POST"), StartsWith("HTTP/1.1 405"));
  EXPECT_THAT(Get("/metrics?x=1"), StartsWith("HTTP/1.1 200"));
}

TEST_F(WebServerTest, ItListensWhereTheConfigurationSaysAndNowhereElse) {
  server_->Configure({.listen = {{testing::Ip("127.0.0.1"), kWebPort + 1}}});
  EXPECT_EQ(Get("/"), "");
  EXPECT_THAT(testing::AskBy("127.0.0.1", kWebPort + 1, event_.get()), StartsWith("HTTP/1.1 200"));
  server_->Configure({});
  EXPECT_EQ(testing::AskBy("127.0.0.1", kWebPort + 1, event_.get()), "");
}

TEST_F(WebServerTest, AnAddressThatSomebodyHasIsToldAndTakenLater) {
  config::HttpOptions options{.listen = {{testing::Ip("192.0.2.1"), kWebPort}}};
  server_->Configure(options);
  EXPECT_THAT(server_->problem(), HasSubstr("192.0.2.1:10256"));
  server_->Configure({.listen = {{testing::Ip("127.0.0.1"), kWebPort}}});
  EXPECT_EQ(server_->problem(), "");
}

}  // namespace
}  // namespace nftsvc::daemon
