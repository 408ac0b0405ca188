// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/support/loop.h"

namespace nftsvc::reconcile {
namespace {

using testing::FakeKernel;
using testing::FakeTables;
using ::testing::HasSubstr;
using testing::Ip;
using testing::Loop;

constexpr char kMap[] = "affinity-default/web/tcp/80/80";

model::Service Sticky(const std::vector<std::string>& endpoints) {
  model::Service web = testing::WebAt(endpoints);
  web.client_ip_affinity = std::chrono::hours(3);
  return web;
}

class ForgetClientsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(loop.Start(), absl::OkStatus());
    ASSERT_EQ(loop.Push(Sticky({"10.0.0.2:80", "10.0.0.3:80"})).status(), absl::OkStatus());
    loop.PollWhenDue();
    Keep("192.0.2.2", "10.0.0.2");
    Keep("192.0.2.3", "10.0.0.3");
  }

  // As packets do it: no commit.
  void Keep(const char* client, const char* endpoint) {
    loop.kernel.ChangeQuietly([&](FakeTables& tables) {
      tables.Table(base::Family::kIPv4)->sets.at(kMap).clients[Ip(client)] = Ip(endpoint);
    });
  }

  std::vector<std::string> Kept() const {
    std::vector<std::string> clients;
    for (const auto& [client, endpoint] : loop.kernel.tables().tables[0]->sets.at(kMap).clients) {
      clients.push_back(client.ToString());
    }
    return clients;
  }

  using Clients = std::vector<std::string>;
  Loop loop;
};

TEST_F(ForgetClientsTest, ThoseOfAnEndpointThatIsRemoved) {
  ASSERT_EQ(loop.Push(Sticky({"10.0.0.3:80"})).status(), absl::OkStatus());
  EXPECT_EQ(Kept(), Clients{"192.0.2.3"});
  EXPECT_THAT(loop.log.back(), HasSubstr("forget 1 clients"));
}

TEST_F(ForgetClientsTest, NobodyWhenEndpointsAreAdded) {
  const size_t calls = loop.kernel.CountOf(FakeKernel::Call::kReadClients);
  ASSERT_EQ(loop.Push(Sticky({"10.0.0.2:80", "10.0.0.3:80", "10.0.0.4:80"})).status(),
            absl::OkStatus());
  EXPECT_EQ(loop.kernel.CountOf(FakeKernel::Call::kReadClients), calls) << "nobody looks";
  EXPECT_EQ(Kept(), (Clients{"192.0.2.2", "192.0.2.3"}));
}

TEST_F(ForgetClientsTest, AtTheNextPollWhoCameByTheOldRules) {
  ASSERT_EQ(loop.Push(Sticky({"10.0.0.3:80"})).status(), absl::OkStatus());
  Keep("192.0.2.4", "10.0.0.2");
  loop.PollWhenDue();
  EXPECT_EQ(Kept(), Clients{"192.0.2.3"});
  Keep("192.0.2.5", "10.0.0.2");
  const size_t calls = loop.kernel.CountOf(FakeKernel::Call::kReadClients);
  loop.PollWhenDue();
  EXPECT_EQ(loop.kernel.CountOf(FakeKernel::Call::kReadClients), calls) << "once is enough";
}

TEST_F(ForgetClientsTest, AfterARestart) {
  Keep("192.0.2.4", "10.0.0.9");
  loop.Restart();
  ASSERT_EQ(loop.Start(), absl::OkStatus());
  EXPECT_EQ(Kept(), (Clients{"192.0.2.2", "192.0.2.3"}));
}

TEST_F(ForgetClientsTest, InSpiteOfOthersCommits) {
  const size_t next = loop.kernel.calls().size();
  // The push's three commits, the look at the clients, and then our own commit.
  loop.kernel.BeforeCall(next + 4, [&] { loop.kernel.CommitElsewhere(); });
  ASSERT_EQ(loop.Push(Sticky({"10.0.0.3:80"})).status(), absl::OkStatus());
  EXPECT_EQ(Kept(), Clients{"192.0.2.3"});
}

TEST_F(ForgetClientsTest, InSpiteOfOneWhoTimesOutMeanwhile) {
  Keep("192.0.2.4", "10.0.0.2");
  const size_t next = loop.kernel.calls().size();
  loop.kernel.BeforeCall(next + 4, [&] {
    loop.kernel.ChangeQuietly([&](FakeTables& tables) {
      tables.Table(base::Family::kIPv4)->sets.at(kMap).clients.erase(Ip("192.0.2.4"));
    });
  });
  ASSERT_EQ(loop.Push(Sticky({"10.0.0.3:80"})).status(), absl::OkStatus());
  EXPECT_EQ(Kept(), Clients{"192.0.2.3"});
}

TEST_F(ForgetClientsTest, HoweverManyTimeOutMeanwhile) {
  for (int i = 1; i <= 100; ++i) Keep(absl::StrCat("192.0.3.", i).c_str(), "10.0.0.2");
  const size_t next = loop.kernel.calls().size();
  // Before each commit another one is gone, here and there among those that are still kept.
  for (size_t call = 0; call < 50; ++call) {
    loop.kernel.BeforeCall(next + 4 + call, [&] {
      loop.kernel.ChangeQuietly([&](FakeTables& tables) {
        auto& clients = tables.Table(base::Family::kIPv4)->sets.at(kMap).clients;
        const auto middle = std::next(clients.begin(), static_cast<ptrdiff_t>(clients.size() / 2));
        if (middle->second == Ip("10.0.0.2")) clients.erase(middle);
      });
    });
  }
  ASSERT_EQ(loop.Push(Sticky({"10.0.0.3:80"})).status(), absl::OkStatus());
  EXPECT_EQ(Kept(), Clients{"192.0.2.3"});
}

TEST_F(ForgetClientsTest, AgainAtEachPollUntilItIsDone) {
  const size_t next = loop.kernel.calls().size();
  loop.kernel.FailCall(next + 3, {absl::UnavailableError("list clients: no memory"), false});
  ASSERT_EQ(loop.Push(Sticky({"10.0.0.3:80"})).status(), absl::OkStatus());
  const size_t lines = loop.log.size();
  for (int poll = 0; poll < 3; ++poll) {
    loop.kernel.FailCall(loop.kernel.calls().size(),
                         {absl::UnavailableError("list clients: no memory"), false});
    loop.PollWhenDue();
  }
  EXPECT_EQ(loop.log.size(), lines) << "said once";
  EXPECT_EQ(Kept(), (Clients{"192.0.2.2", "192.0.2.3"}));
  loop.PollWhenDue();
  EXPECT_EQ(Kept(), Clients{"192.0.2.3"});
}

TEST_F(ForgetClientsTest, AFailureIsLoggedAndMadeUpForAtTheNextPoll) {
  const size_t next = loop.kernel.calls().size();
  loop.kernel.FailCall(next + 3, {absl::UnavailableError("list clients: no memory"), false});
  ASSERT_EQ(loop.Push(Sticky({"10.0.0.3:80"})).status(), absl::OkStatus());
  EXPECT_THAT(loop.log.back(), HasSubstr("list clients: no memory; clients of default/web"));
  EXPECT_EQ(Kept(), (Clients{"192.0.2.2", "192.0.2.3"}));
  loop.PollWhenDue();
  EXPECT_EQ(Kept(), Clients{"192.0.2.3"});
}

TEST_F(ForgetClientsTest, WithoutTakingItForDrift) {
  ASSERT_EQ(loop.Push(Sticky({"10.0.0.3:80"})).status(), absl::OkStatus());
  const size_t looks = loop.kernel.CountOf(FakeKernel::Call::kObserve);
  loop.PollWhenDue();
  loop.PollWhenDue();
  EXPECT_EQ(loop.kernel.CountOf(FakeKernel::Call::kObserve), looks);
  EXPECT_EQ(loop->health().drift_repairs, 0U);
}

}  // namespace
}  // namespace nftsvc::reconcile
