// SPDX-License-Identifier: Apache-2.0
//
// Tests of handler_history.cc: what a client is told of history, rollback and confirm. What is kept
// and gone back to is in tests/daemon/history_file_test.cc.
#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <vector>

#include "absl/strings/str_cat.h"
#include "src/control/handler.h"
#include "tests/support/builders.h"
#include "tests/support/fake_history.h"
#include "tests/support/loop.h"

namespace nftsvc::control {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kWeb[] = R"pb(
  namespace: "default"
  name: "web"
  cluster_ips: "10.96.0.1"
  ports {
    protocol: TCP
    port: 80
    endpoints { address: "10.0.0.2" port: 80 }
  })pb";

v1::Service ServiceOf(const std::string& text) {
  v1::Service service;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &service)) << text;
  return service;
}

class HandlerHistoryTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(loop_.Start().ok()); }

  v1::Response Ask(const std::string& text) {
    v1::Request request;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &request)) << text;
    const std::string bytes = request.SerializeAsString();
    const absl::StatusOr<wire::SplitRequest> split = wire::SplitServices(bytes);
    EXPECT_TRUE(split.ok()) << split.status();
    v1::Response response;
    handler_.Handle(*split, {.pid = 12, .uid = 7, .gid = 0}, response);
    return response;
  }

  void Wait() {
    history_.waiting = Pending{.revision = 1,
                               .base_revision = 0,
                               .until = absl::UnixEpoch() + absl::Hours(1),
                               .within = absl::Seconds(30)};
  }

  testing::Loop loop_;
  std::vector<std::string> log_;
  PushLog pushes_;
  testing::FakeHistory history_;
  Handler handler_{*loop_,
                   [this] { return loop_.now; },
                   {.client_count = [] { return size_t{1}; },
                    .health_check_problem = [] { return std::string(); },
                    .services_directory_problem = [] { return std::string(); },
                    .http_problem = [] { return std::string(); },
                    .config_problem = [] { return std::string(); },
                    .pushes = pushes_,
                    .history = history_},
                   [this](base::Severity, absl::string_view line) { log_.emplace_back(line); }};
};

TEST_F(HandlerHistoryTest, TheHistoryIsToldWhoPushes) {
  Ask(absl::StrCat("push { confirm_within_ms: 5000 snapshot { services {", kWeb, "} } }"));
  ASSERT_THAT(history_.authors, SizeIs(1));
  EXPECT_EQ(history_.authors[0].action, "push");
  EXPECT_EQ(history_.authors[0].peer.uid, uid_t{7});
  EXPECT_EQ(history_.authors[0].confirm_within, absl::Seconds(5));
}

TEST_F(HandlerHistoryTest, ADryRunIsNobodysPush) {
  Ask("push { dry_run: true }");
  EXPECT_THAT(history_.authors, IsEmpty());
}

TEST_F(HandlerHistoryTest, ARollbackIsAPushWithARevisionOfItsOwn) {
  Ask(absl::StrCat("push { snapshot { services {", kWeb, "} } }"));
  history_.undo = Undo{{"default/web", Earlier{}}, {"default/gone", Earlier{}}};
  const v1::Response response = Ask("rollback {}");
  ASSERT_FALSE(response.has_error()) << response.error().message();
  EXPECT_EQ(response.push().revision(), 2u);
  EXPECT_EQ(response.push().services_removed(), 1u);
  EXPECT_THAT(loop_->snapshot().services(), IsEmpty());
  EXPECT_THAT(log_.back(), HasSubstr("rollback to 0 by pid 12 uid 7: revision 2, +0 ~0 -1"));
}

TEST_F(HandlerHistoryTest, ADryRunOfARollbackChangesNothing) {
  history_.undo = Undo{{"default/web", Earlier{ServiceOf(kWeb), ""}}};
  const v1::Response response = Ask("rollback { revision: 0 dry_run: true want_changes: true }");
  EXPECT_EQ(response.push().services_added(), 1u);
  EXPECT_THAT(response.push().service_changes(), ::testing::ElementsAre("+ default/web"));
  EXPECT_THAT(loop_->snapshot().services(), IsEmpty());
}

TEST_F(HandlerHistoryTest, WhatNoLongerFitsIsRefusedWithItsMistakes) {
  history_.undo = Undo{{"default/web", Earlier{ServiceOf("namespace: 'default' name: 'web' "
                                                         "ports { protocol: TCP port: 99999 }"),
                                               ""}}};
  const v1::Response response = Ask("rollback { revision: 0 }");
  EXPECT_EQ(response.error().code(), v1::Error::INVALID);
  ASSERT_GT(response.error().issues_size(), 0);
  EXPECT_THAT(response.error().issues(0).path(), HasSubstr("default/web"));
}

TEST_F(HandlerHistoryTest, WhatIsNotKeptIsNotFound) {
  EXPECT_EQ(Ask("rollback {}").error().code(), v1::Error::NOT_FOUND);
  EXPECT_EQ(Ask("rollback { revision: 3 }").error().code(), v1::Error::NOT_FOUND);
  history_.undo = absl::DataLossError("read undo-3: damaged");
  EXPECT_EQ(Ask("rollback { revision: 3 }").error().code(), v1::Error::UNAVAILABLE);
}

TEST_F(HandlerHistoryTest, WhileAPushWaitsThereIsNoOther) {
  Wait();
  EXPECT_EQ(Ask("push {}").error().code(), v1::Error::UNCONFIRMED);
  EXPECT_EQ(Ask("delta {}").error().code(), v1::Error::UNCONFIRMED);
  EXPECT_FALSE(Ask("push { dry_run: true }").has_error());
  EXPECT_EQ(Ask("status {}").status().unconfirmed_revision(), 1u);
  EXPECT_EQ(Ask("status {}").status().confirm_until(), "1970-01-01T01:00:00+00:00");
}

TEST_F(HandlerHistoryTest, AConfirmedPushWaitsNoMore) {
  Wait();
  EXPECT_EQ(Ask("confirm {}").confirm().revision(), 1u);
  EXPECT_FALSE(history_.pending());
  EXPECT_EQ(log_.back(), "revision 1 confirmed by pid 12 uid 7");
  EXPECT_EQ(Ask("confirm {}").error().code(), v1::Error::UNCONFIRMED);
}

TEST_F(HandlerHistoryTest, AConfirmationIsForTheRevisionThatItNames) {
  Wait();
  EXPECT_EQ(Ask("confirm { revision: 2 }").error().code(), v1::Error::UNCONFIRMED);
  EXPECT_TRUE(history_.pending());
  EXPECT_EQ(Ask("confirm { revision: 1 }").confirm().revision(), 1u);
}

TEST_F(HandlerHistoryTest, AConfirmationThatARestartWouldNotKnowFails) {
  Wait();
  history_.settle_failure = absl::UnavailableError("remove unconfirmed: read-only file system");
  EXPECT_EQ(Ask("confirm {}").error().code(), v1::Error::UNAVAILABLE);
  EXPECT_TRUE(history_.pending());
}

TEST_F(HandlerHistoryTest, WhatTheDiskLacksIsSavedBeforeItIsConfirmed) {
  Wait();
  history_.settle_failure = absl::UnavailableError("sync journal-1: input/output error");
  const int saves = loop_.state.saves;
  Ask("confirm {}");
  EXPECT_EQ(loop_.state.saves, saves + 1);
  loop_.state.status = absl::UnavailableError("no space left on device");
  EXPECT_EQ(Ask("confirm {}").error().message(), "sync journal-1: input/output error");
  EXPECT_EQ(loop_->health().persist_problem, "no space left on device");
}

TEST_F(HandlerHistoryTest, ARollbackEndsTheWaiting) {
  Wait();
  history_.undo = Undo();
  EXPECT_FALSE(Ask("rollback { revision: 0 }").has_error());
  EXPECT_FALSE(history_.pending());
  EXPECT_TRUE(history_.authors.back().settles);
}

TEST_F(HandlerHistoryTest, WhatIsNotConfirmedIsTakenBackAsFarAsItFits) {
  Ask(absl::StrCat("push { snapshot { services {", kWeb, "} } }"));
  Wait();
  history_.undo = Undo{{"default/web", Earlier{}},
                       {"default/bad", Earlier{ServiceOf("namespace: 'default' name: 'bad' "
                                                         "ports { protocol: TCP port: 99999 }"),
                                               ""}}};
  EXPECT_TRUE(handler_.TakeBack());
  EXPECT_THAT(loop_->snapshot().services(), IsEmpty());
  EXPECT_FALSE(history_.pending());
  EXPECT_EQ(history_.authors.back().action, "not confirmed: back to 0");
  // No client did that.
  EXPECT_THAT(log_.back(), HasSubstr("not confirmed: back to 0: revision "));
  EXPECT_TRUE(handler_.TakeBack());  // nothing waits
}

TEST_F(HandlerHistoryTest, WhatCannotBeTakenBackNowIsTriedAgain) {
  Ask(absl::StrCat("push { snapshot { services {", kWeb, "} } }"));
  Wait();
  history_.undo = Undo{{"default/web", Earlier{}}};
  history_.settle_failure = absl::UnavailableError("disk");
  EXPECT_FALSE(handler_.TakeBack());
  EXPECT_TRUE(history_.pending());
  history_.settle_failure = absl::OkStatus();
  EXPECT_TRUE(handler_.TakeBack());
  EXPECT_EQ(loop_->revision(), 2u);  // once
}

TEST_F(HandlerHistoryTest, WhatTheDiskDoesNotKnowIsStillWaitedFor) {
  Ask(absl::StrCat("push { snapshot { services {", kWeb, "} } }"));
  Wait();
  history_.undo = Undo{{"default/web", Earlier{}}};
  loop_.state.status = absl::ResourceExhaustedError("disk full");
  EXPECT_FALSE(handler_.TakeBack());
  EXPECT_TRUE(history_.pending()) << "a restart has to go back too";
  EXPECT_FALSE(Ask("rollback { revision: 0 }").has_error());
  EXPECT_TRUE(history_.pending());
  loop_.state.status = absl::OkStatus();
  EXPECT_TRUE(handler_.TakeBack());
  EXPECT_FALSE(history_.pending());
}

TEST_F(HandlerHistoryTest, ARollbackOfWhatCameAfterwardsEndsNoWaiting) {
  Wait();
  history_.undo = Undo();
  EXPECT_FALSE(Ask("rollback { revision: 1 }").has_error());
  EXPECT_TRUE(history_.pending());
  EXPECT_FALSE(history_.authors.back().settles);
}

TEST_F(HandlerHistoryTest, ARollbackGoesBehindWhatWaits) {
  Ask(absl::StrCat("push { snapshot { services {", kWeb, "} } }"));
  Ask("push { snapshot {} }");
  Wait();
  history_.undo = Undo();
  EXPECT_FALSE(Ask("rollback {}").has_error());
  EXPECT_FALSE(history_.pending());
  EXPECT_THAT(history_.authors.back().action, HasSubstr("rollback to 0"));
}

TEST_F(HandlerHistoryTest, WhatIsNotKeptHasToStay) {
  Wait();
  EXPECT_TRUE(handler_.TakeBack());
  EXPECT_FALSE(history_.pending());
  EXPECT_THAT(log_.back(), HasSubstr("was not confirmed, but has to stay"));
}

TEST_F(HandlerHistoryTest, MoreThanADayIsTooLong) {
  EXPECT_EQ(Ask("push { confirm_within_ms: 86400001 }").error().code(), v1::Error::INVALID);
}

TEST_F(HandlerHistoryTest, TheHistoryShowsWhichPushWaits) {
  history_.entries.resize(2);
  history_.entries[0].set_revision(1);
  Wait();
  const v1::HistoryResult result = Ask("history {}").history();
  EXPECT_EQ(result.entries(0).confirm_until(), "1970-01-01T01:00:00+00:00");
  EXPECT_EQ(result.entries(1).confirm_until(), "");
}

}  // namespace
}  // namespace nftsvc::control
