// SPDX-License-Identifier: Apache-2.0
#include "src/daemon/health_check_server.h"

#include <gmock/gmock.h>

#include <memory>
#include <utility>

#include "tests/daemon/own_namespace.h"
#include "tests/http/client.h"
#include "tests/support/loop.h"

// Real sockets, and a reconciler whose kernel is in memory.
namespace nftsvc::daemon {
namespace {

using ::testing::ElementsAre;
using testing::EndpointOn;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using testing::Ip;
using testing::Loop;
using ::testing::StartsWith;

constexpr uint16_t kPort = 30000;

forwarding::HostFacts OnLoopback() {
  forwarding::HostFacts host = testing::NodeA();
  host.node_port_addresses = {Ip("127.0.0.1"), Ip("::1")};
  return host;
}

model::Service Checked(uint16_t port, std::vector<model::Endpoint> endpoints) {
  model::Service service = testing::Web(std::move(endpoints));
  service.health_check_node_port = port;
  return service;
}

class HealthCheckServerTest : public OwnNamespaceTest {
 protected:
  void SetUp() override {
    OwnNamespaceTest::SetUp();
    if (IsSkipped()) return;
    sd_event* event = nullptr;
    ASSERT_GE(sd_event_new(&event), 0);
    event_.reset(event);
    ASSERT_EQ(loop_.Start(), absl::OkStatus());
    auto server = HealthCheckServer::Start(event, *loop_, Log());
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }

  void Push(model::Service service) {
    ASSERT_EQ(loop_.Push(std::move(service)).status(), absl::OkStatus());
    server_->Follow();
  }

  std::string Ask(uint16_t port = kPort, const char* address = "127.0.0.1") {
    return testing::AskBy(address, port, event_.get());
  }

  Loop loop_{testing::SettingsOf(OnLoopback())};
  control::EventLoop event_;
  std::unique_ptr<HealthCheckServer> server_;
};

TEST_F(HealthCheckServerTest, AnswersAsKubeProxyDoes) {
  Push(Checked(kPort, {EndpointOn("node-a", "10.0.0.2:80"), EndpointOn("node-b", "10.0.1.2:80")}));
  const std::string answer = Ask();
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, HasSubstr("\r\nContent-Type: application/json\r\n"));
  EXPECT_THAT(answer, HasSubstr("\r\nX-Content-Type-Options: nosniff\r\n"));
  EXPECT_THAT(answer, HasSubstr("\r\nX-Load-Balancing-Endpoint-Weight: 1\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\n{\"service\":{\"namespace\":\"default\",\"name\":\"web\"},"
                               "\"localEndpoints\":1,\"serviceProxyHealthy\":true}\n"));
  EXPECT_THAT(Ask(kPort, "::1"), StartsWith("HTTP/1.1 503 ")) << "no endpoint of this family";
}

TEST_F(HealthCheckServerTest, IsUnhealthyWithoutLocalEndpointsAndWhenOutOfSync) {
  Push(Checked(kPort, {EndpointOn("node-b", "10.0.1.2:80")}));
  EXPECT_THAT(Ask(), StartsWith("HTTP/1.1 503 "));
  EXPECT_THAT(Ask(), HasSubstr("X-Load-Balancing-Endpoint-Weight: 0\r\n"));
  Push(Checked(kPort, {EndpointOn("node-a", "10.0.0.2:80")}));
  EXPECT_THAT(Ask(), StartsWith("HTTP/1.1 200 "));
  reconcile::Settings settings = loop_->settings();
  settings.host.masquerade_all = true;
  const size_t calls = loop_.kernel.calls().size();
  for (size_t i = 0; i < 20; ++i) {
    loop_.kernel.FailCall(calls + i, {.status = absl::PermissionDeniedError("observe: no")});
  }
  ASSERT_FALSE(loop_->Reconfigure(settings).ok());
  EXPECT_THAT(Ask(), StartsWith("HTTP/1.1 503 "));
  EXPECT_THAT(Ask(), HasSubstr("\"localEndpoints\":1,\"serviceProxyHealthy\":false"));
}

TEST_F(HealthCheckServerTest, ListensWhereTheServicesAndTheHostSay) {
  EXPECT_EQ(Ask(), "");
  Push(Checked(kPort, {}));
  EXPECT_NE(Ask(), "");
  Push(Checked(kPort + 1, {}));
  EXPECT_EQ(Ask(), "");
  EXPECT_NE(Ask(kPort + 1), "");
  EXPECT_NE(Ask(kPort + 1, "::1"), "");
  reconcile::Settings settings = loop_->settings();
  settings.host.node_port_addresses = {Ip("::1")};
  ASSERT_EQ(loop_->Reconfigure(settings), absl::OkStatus());
  server_->Follow();
  EXPECT_EQ(Ask(kPort + 1), "");
  EXPECT_NE(Ask(kPort + 1, "::1"), "");
  settings.host.node_ports_on_all_addresses = true;
  ASSERT_EQ(loop_->Reconfigure(settings), absl::OkStatus());
  server_->Follow();
  EXPECT_NE(Ask(kPort + 1, "127.0.0.9"), "");
  Push(Checked(0, {}));
  EXPECT_EQ(Ask(kPort + 1, "::1"), "");
}

TEST_F(HealthCheckServerTest, APlaceThatIsTakenIsToldOnceAndHadLater) {
  reconcile::Settings settings = loop_->settings();
  settings.host.node_port_addresses = {Ip("192.0.2.1")};
  ASSERT_EQ(loop_->Reconfigure(settings), absl::OkStatus());
  Push(Checked(kPort, {EndpointOn("node-a", "10.0.0.2:80")}));
  const std::string problem = "listen on 192.0.2.1:30000/tcp: cannot assign requested address";
  EXPECT_EQ(server_->problem(), problem);
  for (int turn = 0; turn < 5; ++turn) sd_event_run(event_.get(), 200'000);
  EXPECT_THAT(log_, ElementsAre(HasSubstr(problem)));
  Run("ip addr add 192.0.2.1/32 dev lo");
  for (int turn = 0; turn < 300 && !server_->problem().empty(); ++turn) {
    sd_event_run(event_.get(), 100'000);
  }
  EXPECT_EQ(server_->problem(), "");
  EXPECT_THAT(Ask(kPort, "192.0.2.1"), StartsWith("HTTP/1.1 200 "));
}

}  // namespace
}  // namespace nftsvc::daemon
