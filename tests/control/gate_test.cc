// SPDX-License-Identifier: Apache-2.0
#include "src/control/gate.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <vector>

#include "absl/strings/str_cat.h"

namespace nftsvc::control {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr uid_t kOwnUser = 990;

class GateTest : public ::testing::Test {
 protected:
  bool IsRefused(const std::string& text, uid_t user) {
    v1::Request request;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &request)) << text;
    v1::Response response;
    const bool refused = gate_.Refuses(request, {.pid = 12, .uid = user, .gid = 5}, response);
    EXPECT_EQ(refused, response.has_error());
    if (refused) {
      EXPECT_EQ(response.error().code(), v1::Error::PERMISSION_DENIED);
      EXPECT_THAT(response.error().message(), HasSubstr(absl::StrCat("user ", user)));
    }
    return refused;
  }

  absl::Time now_ = absl::UnixEpoch() + absl::Hours(1);
  std::vector<std::string> log_;
  Gate gate_{{.writers = Principals{.users = {1}, .groups = {}},
              .readers = Principals{.users = {2}, .groups = {}}},
             kOwnUser,
             [this] { return now_; },
             [this](base::Severity, absl::string_view line) { log_.emplace_back(line); }};
};

TEST_F(GateTest, WhatChangesNeedsAWriter) {
  for (const char* request : {"push {}", "delta {}", "rollback {}", "confirm {}"}) {
    EXPECT_FALSE(IsRefused(request, 1)) << request;
    EXPECT_TRUE(IsRefused(request, 2)) << request;
    EXPECT_TRUE(IsRefused(request, 3)) << request;
  }
}

TEST_F(GateTest, WhatShowsNeedsAReader) {
  for (const char* request :
       {"get {}", "list {}", "status {}", "verify {}", "explain {}", "history {}", "",
        "push { dry_run: true }", "delta { dry_run: true }", "rollback { dry_run: true }"}) {
    EXPECT_FALSE(IsRefused(request, 1)) << request;
    EXPECT_FALSE(IsRefused(request, 2)) << request;
    EXPECT_TRUE(IsRefused(request, 3)) << request;
  }
}

// An operation that a version adds is one of them until someone says that it only shows.
TEST_F(GateTest, EveryOperationIsRefusedToStrangers) {
  const auto* operations = v1::Request::descriptor()->FindOneofByName("operation");
  for (int i = 0; i < operations->field_count(); ++i) {
    const std::string request = absl::StrCat(operations->field(i)->name(), " {}");
    EXPECT_TRUE(IsRefused(request, 3)) << request;
  }
}

TEST_F(GateTest, RootAndTheDaemonsUserMayAll) {
  for (const uid_t user : {uid_t{0}, kOwnUser}) {
    EXPECT_FALSE(IsRefused("push {}", user));
    EXPECT_FALSE(IsRefused("get {}", user));
  }
}

TEST_F(GateTest, AnotherAccessHoldsFromTheNextRequestOn) {
  EXPECT_TRUE(IsRefused("push {}", 3));
  gate_.set_access({});
  EXPECT_FALSE(IsRefused("push {}", 3));
}

TEST_F(GateTest, ARefusalIsLoggedWithThePeer) {
  IsRefused("push {}", 2);
  EXPECT_THAT(log_, ElementsAre("push by pid 12 uid 2 refused: no permission"));
}

TEST_F(GateTest, WhoIsRefusedAllTheTimeDoesNotFillTheLog) {
  for (int i = 0; i < 1000; ++i) IsRefused("push {}", 3);
  EXPECT_THAT(log_, SizeIs(5));
  IsRefused("get {}", 4);  // and hides nobody
  EXPECT_THAT(log_, SizeIs(6));
  EXPECT_THAT(log_.back(), HasSubstr("uid 4"));

  now_ += absl::Minutes(1);
  IsRefused("push {}", 3);
  EXPECT_THAT(log_, SizeIs(8));
  EXPECT_EQ(log_[6], "995 more requests of uid 3 were refused within a minute");
}

TEST_F(GateTest, ManyUsersDoNotFillTheLogEither) {
  for (uid_t user = 10; user < 10'000; ++user) IsRefused("push {}", user);
  EXPECT_THAT(log_, SizeIs(100));
}

}  // namespace
}  // namespace nftsvc::control
