// SPDX-License-Identifier: Apache-2.0
//
// Deltas that are committed together. Pushes and deltas by themselves are in handler_test.cc.
#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "absl/strings/str_cat.h"
#include "src/control/handler.h"
#include "src/wire/serialize.h"
#include "src/wire/snapshot_codec.h"
#include "tests/support/builders.h"
#include "tests/support/fake_history.h"
#include "tests/support/loop.h"

namespace nftsvc::control {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::string Upsert(int service, int address, int endpoints) {
  std::string text =
      absl::StrCat("upsert { namespace: 'default' name: 's", service, "' cluster_ips: '10.96.0.",
                   address, "' ports { protocol: TCP port: 80 ");
  for (int i = 0; i < endpoints; ++i) {
    absl::StrAppend(&text, "endpoints { address: '10.0.0.", i + 2, "' port: 80 } ");
  }
  return absl::StrCat(text, "} }");
}

std::string Remove(int service) { return absl::StrCat("remove: 'default/s", service, "'"); }

// A daemon with what it knows in memory.
struct World {
  World() { EXPECT_TRUE(loop.Start().ok()); }

  // Each is what is between the braces of a delta.
  std::vector<v1::Response> Ask(const std::vector<std::string>& deltas) {
    std::vector<std::string> bytes;
    for (const std::string& delta : deltas) {
      v1::Request request;
      EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
          absl::StrCat("delta { ", delta, " }"), &request))
          << delta;
      bytes.push_back(request.SerializeAsString());
    }
    std::vector<wire::SplitRequest> requests;
    for (const std::string& b : bytes) requests.push_back(*wire::SplitServices(b));
    std::vector<v1::Response> responses(requests.size());
    std::vector<Handler::Call> calls;
    for (size_t i = 0; i < requests.size(); ++i) calls.push_back({&requests[i], &responses[i]});
    handler.HandleTogether(calls, {.pid = 12, .uid = 7, .gid = 0});
    return responses;
  }

  std::string Services() const {
    std::string text;
    for (const auto& [name, service] : loop_view->snapshot().services()) {
      absl::StrAppend(&text, wire::Serialize(wire::EncodeService(*service)), "\n");
    }
    return text;
  }

  testing::Loop loop;
  reconcile::Reconciler* loop_view = &*loop;
  PushLog pushes;
  testing::FakeHistory history;
  std::vector<std::vector<model::ServiceChange>> told;
  std::vector<std::string> log;
  Handler handler{*loop,
                  [this] { return loop.now; },
                  {.client_count = [] { return size_t{1}; },
                   .health_check_problem = [] { return std::string(); },
                   .services_directory_problem = [] { return std::string(); },
                   .http_problem = [] { return std::string(); },
                   .config_problem = [] { return std::string(); },
                   .pushes = pushes,
                   .history = history,
                   .pushed = [this](const auto& changes, const auto&) { told.push_back(changes); }},
                  [this](base::Severity, absl::string_view line) { log.emplace_back(line); }};
};

TEST(HandleTogetherTest, DeltasAreOneCommitAndOneRevision) {
  World world;
  const uint64_t commits = world.loop->health().commits;
  const auto responses = world.Ask({Upsert(1, 1, 2), Upsert(2, 2, 1), Upsert(1, 1, 3)});
  EXPECT_EQ(world.loop->health().commits, commits + 1);
  for (const v1::Response& response : responses) {
    ASSERT_FALSE(response.has_error()) << response.error().message();
    EXPECT_EQ(response.push().revision(), 1u);
    EXPECT_EQ(response.push().joined_deltas(), 3u);
    EXPECT_EQ(response.push().services(), 2u);
    EXPECT_GT(response.push().operations(), 0u);
  }
  EXPECT_EQ(responses[0].push().services_added(), 1u);
  EXPECT_EQ(responses[2].push().services_added(), 0u);
  EXPECT_EQ(responses[2].push().services_changed(), 1u);
  EXPECT_EQ(world.loop->snapshot().endpoint_count(), 4u);
  EXPECT_EQ(world.loop.state.revision, 1u);
}

TEST(HandleTogetherTest, EachIsLoggedAndAllAreToldAndKeptAsOne) {
  World world;
  world.Ask({Upsert(1, 1, 2), Upsert(2, 2, 1)});
  EXPECT_THAT(world.log, ElementsAre(HasSubstr("delta by pid 12 uid 7: revision 1, +1 ~0 -0"),
                                     HasSubstr("delta by pid 12 uid 7: revision 1, +1 ~0 -0")));
  EXPECT_THAT(world.told, ElementsAre(SizeIs(2)));
  ASSERT_THAT(world.history.authors, SizeIs(1));
  EXPECT_EQ(world.history.authors[0].action, "2 deltas");
  EXPECT_EQ(world.history.authors[0].peer.uid, 7u);
}

TEST(HandleTogetherTest, OneWithMistakesIsRefusedAndTheOthersAreNot) {
  World world;
  // The second one wants the address of the first, the third that of a service which goes.
  const auto responses =
      world.Ask({Upsert(1, 1, 1), Upsert(2, 1, 1), Remove(1), Upsert(3, 1, 1), Remove(4)});
  EXPECT_FALSE(responses[0].has_error());
  EXPECT_THAT(responses[1].error().issues(0).message(), HasSubstr("s1"));
  EXPECT_FALSE(responses[2].has_error());
  EXPECT_FALSE(responses[3].has_error()) << responses[3].error().ShortDebugString();
  EXPECT_TRUE(responses[4].has_error());
  EXPECT_EQ(responses[3].push().joined_deltas(), 3u);
  EXPECT_EQ(world.loop->snapshot().services().size(), 1u);
}

TEST(HandleTogetherTest, WithNothingLeftNothingIsCommitted) {
  World world;
  const uint64_t commits = world.loop->health().commits;
  EXPECT_TRUE(world.Ask({Remove(1), Remove(2)})[1].has_error());
  EXPECT_EQ(world.loop->revision(), 0u);
  const auto responses = world.Ask({Upsert(1, 1, 1), Remove(1)});
  EXPECT_EQ(responses[1].push().services_removed(), 1u);
  EXPECT_EQ(responses[1].push().revision(), 0u);
  EXPECT_EQ(world.loop->health().commits, commits);
}

TEST(HandleTogetherTest, WhenTheKernelRefusesNoneIsMade) {
  World world;
  world.Ask({Upsert(1, 1, 1)});
  const std::string before = world.Services();
  for (size_t call = 0; call < 20; ++call) {
    world.loop.kernel.FailCall(world.loop.kernel.calls().size() + call,
                               {.status = absl::UnavailableError("no")});
  }
  for (const v1::Response& response : world.Ask({Upsert(1, 1, 2), Upsert(2, 2, 1), Remove(1)})) {
    EXPECT_EQ(response.error().code(), v1::Error::UNAVAILABLE);
  }
  EXPECT_EQ(world.Services(), before);
  EXPECT_EQ(world.loop->revision(), 1u);
  EXPECT_NE(world.loop->snapshot().Claimant({.address = testing::Ip("10.96.0.1"), .port = 80}),
            nullptr);
  EXPECT_THAT(world.told, SizeIs(1));
}

// Law: together, deltas are accepted and refused as one after the other, and make the same.
TEST(HandleTogetherTest, DecidesAsOneByOne) {
  std::mt19937 random(20261128);
  const auto below = [&](int end) { return std::uniform_int_distribution(0, end - 1)(random); };
  World together;
  World single;
  size_t refused = 0;
  for (int round = 0; round < 300; ++round) {
    std::vector<std::string> deltas;
    for (int i = below(6); i >= 0; --i) {
      deltas.emplace_back();
      for (int part = below(3); part >= 0; --part) {
        absl::StrAppend(&deltas.back(),
                        below(3) == 0 ? Remove(below(6)) : Upsert(below(6), below(6), below(4)),
                        " ");
      }
    }
    const std::vector<v1::Response> joined = together.Ask(deltas);
    for (size_t i = 0; i < deltas.size(); ++i) {
      const v1::Response alone = single.Ask({deltas[i]}).front();
      ASSERT_EQ(joined[i].has_error(), alone.has_error()) << deltas[i];
      refused += alone.has_error();
      EXPECT_EQ(joined[i].error().ShortDebugString(), alone.error().ShortDebugString());
      EXPECT_EQ(joined[i].push().services_added(), alone.push().services_added());
      EXPECT_EQ(joined[i].push().services_changed(), alone.push().services_changed());
      EXPECT_EQ(joined[i].push().services_removed(), alone.push().services_removed());
    }
    ASSERT_EQ(together.Services(), single.Services());
    const auto differences = together.loop->Verify();
    ASSERT_TRUE(differences.ok());
    ASSERT_THAT(differences->lines, IsEmpty());
    EXPECT_EQ(together.loop->snapshot().endpoint_count(), single.loop->snapshot().endpoint_count());
  }
  EXPECT_GT(refused, 100u);
  EXPECT_LT(together.loop->health().commits, single.loop->health().commits);
}

}  // namespace
}  // namespace nftsvc::control
