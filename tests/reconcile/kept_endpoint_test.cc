// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>

#include "tests/support/loop.h"

namespace nftsvc::reconcile {
namespace {

using testing::Ip;

class KeptEndpointTest : public ::testing::Test {
 protected:
  void SetUp() override {
    model::Service web = testing::WebAt({"10.0.0.2:80", "10.0.0.3:8080"});
    web.client_ip_affinity = std::chrono::hours(3);
    ASSERT_EQ(loop.Start(), absl::OkStatus());
    ASSERT_EQ(loop.Push(web).status(), absl::OkStatus());
    Keep("affinity-default/web/tcp/80/80", "192.0.2.2", "10.0.0.2");
    Keep("affinity-default/web/tcp/80/8080", "192.0.2.3", "10.0.0.3");
  }

  void Keep(const std::string& map, const char* client, const char* endpoint) {
    loop.kernel.ChangeQuietly([&](testing::FakeTables& tables) {
      tables.Table(base::Family::kIPv4)->sets.at(map).clients[Ip(client)] = Ip(endpoint);
    });
  }

  std::string KeptOf(const char* client) {
    const auto decision = forwarding::Decide(
        loop->table(), testing::PacketTo("10.96.0.1:80/tcp", client, "eth0"), /*slot=*/0);
    const auto kept = loop->KeptEndpoint(decision, Ip(client));
    if (!kept.ok()) return std::string(kept.status().message());
    return kept->has_value() ? base::HostPort((*kept)->address, (*kept)->port) : "none";
  }

  testing::Loop loop;
};

TEST_F(KeptEndpointTest, IsFoundWhicheverPortItHas) {
  EXPECT_EQ(KeptOf("192.0.2.2"), "10.0.0.2:80");
  EXPECT_EQ(KeptOf("192.0.2.3"), "10.0.0.3:8080");
}

TEST_F(KeptEndpointTest, AClientThatIsNewHasNone) { EXPECT_EQ(KeptOf("192.0.2.4"), "none"); }

TEST_F(KeptEndpointTest, WithoutAffinityTheKernelIsNotAsked) {
  ASSERT_EQ(loop.Push(testing::WebAt({"10.0.0.2:80"})).status(), absl::OkStatus());
  const size_t asked = loop.kernel.CountOf(testing::FakeKernel::Call::kReadClients);
  EXPECT_EQ(KeptOf("192.0.2.2"), "none");
  EXPECT_EQ(loop.kernel.CountOf(testing::FakeKernel::Call::kReadClients), asked);
}

TEST_F(KeptEndpointTest, AFailureIsTold) {
  loop.kernel.FailCall(loop.kernel.calls().size(),
                       {.status = absl::UnavailableError("no kernel there")});
  EXPECT_EQ(KeptOf("192.0.2.2"), "no kernel there");
}

}  // namespace
}  // namespace nftsvc::reconcile
