// SPDX-License-Identifier: Apache-2.0
#include "src/control/session.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "nftsvc/v1/control.pb.h"

// One client over a socket pair, with the loop turned by hand.
namespace nftsvc::control {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using std::chrono_literals::operator""ms;

std::string Framed(const std::string& text) {
  v1::Issue message;
  message.set_message(text);
  return EncodeFrame(message);
}

std::string Unframed(const std::string& bytes) {
  v1::Issue message;
  return message.ParseFromString(bytes) ? message.message() : "not a message";
}

// A server that says everything back.
class EchoOwner : public Session::Owner {
 public:
  const Limits& limits() const override { return limits_; }
  Session::Answer AnswerTo(std::vector<std::string> messages, const Peer&) override {
    std::vector<std::string> texts;
    for (const std::string& message : messages) texts.push_back(Unframed(message));
    asked.push_back(absl::StrJoin(texts, "+"));
    Session::Answer answer{.frame = Framed(absl::StrCat(asked.back(), padding)),
                           .close = asked.back() == "bye"};
    if (asked.back() == "watch") answer.watch_id = 5;
    return answer;
  }
  bool MayBeJoined(absl::string_view message) const override {
    return absl::StartsWith(Unframed(std::string(message)), "small");
  }
  std::string Refusal(const absl::Status& why) override {
    return Framed(absl::StrCat("refused: ", why.message()));
  }
  absl::Status HasRoomFor(const Session&) const override { return room; }
  void Close(Session&, const absl::Status& why) override {
    closed = why;
    session.reset();
  }

  Limits limits_;
  std::vector<std::string> asked;
  std::string padding;
  absl::Status room;
  std::optional<absl::Status> closed;
  std::unique_ptr<Session> session;
};

class SessionTest : public ::testing::Test {
 protected:
  void Connect() {
    sd_event* event = nullptr;
    ASSERT_GE(sd_event_new(&event), 0);
    event_.reset(event);
    std::array<int, 2> pair;
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair.data()), 0);
    client_ = UniqueFd(pair[0]);
    owner_.session = std::make_unique<Session>(event, UniqueFd(pair[1]), Peer{}, owner_);
    ASSERT_TRUE(owner_.session->Start().ok());
  }

  void Send(const std::string& bytes) {
    ASSERT_EQ(send(client_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }

  // Turns the loop until it has nothing to do at present.
  void Settle() {
    while (sd_event_run(event_.get(), 0) > 0) Take();
  }

  // Reads what has come from the session, unless the client is slow.
  void Take() {
    std::array<char, 64 * 1024> bytes;
    while (reads_) {
      const ssize_t count = recv(client_.get(), bytes.data(), bytes.size(), 0);
      if (count <= 0) return;
      ASSERT_TRUE(decoder_.Append({bytes.data(), static_cast<size_t>(count)}).ok());
      while (std::optional<std::string> message = decoder_.Next()) {
        received_.push_back(Unframed(*message));
      }
    }
  }

  // Turns the loop until the session is closed: within any time, but not for ever.
  void RunUntilClosed(const std::function<void()>& before_each_turn = [] {}) {
    for (int turn = 0; turn < 20'000 && !owner_.closed; ++turn) {
      before_each_turn();
      sd_event_run(event_.get(), /*timeout=*/1'000);
      Take();
    }
    ASSERT_TRUE(owner_.closed.has_value());
  }

  EventLoop event_;
  EchoOwner owner_;
  UniqueFd client_;
  bool reads_ = true;
  FrameDecoder decoder_{size_t{64} << 20};
  std::vector<std::string> received_;
};

TEST_F(SessionTest, ARequestThatArrivesByteByByteIsAnswered) {
  Connect();
  for (const char byte : Framed("hello")) {
    EXPECT_THAT(received_, IsEmpty());
    Send(std::string(1, byte));
    Settle();
  }
  EXPECT_THAT(received_, ElementsAre("hello"));
  EXPECT_TRUE(owner_.session->idle());
}

TEST_F(SessionTest, RequestsSentTogetherAreAnsweredInOrder) {
  Connect();
  Send(Framed("one") + Framed("two") + Framed("three"));
  Settle();
  EXPECT_THAT(received_, ElementsAre("one", "two", "three"));
}

TEST_F(SessionTest, EachTurnOfTheLoopAnswersOneRequest) {
  Connect();
  Send(Framed("one") + Framed("two"));
  ASSERT_GT(sd_event_run(event_.get(), 0), 0);
  EXPECT_THAT(owner_.asked, ElementsAre("one"));
  ASSERT_GT(sd_event_run(event_.get(), 0), 0);
  EXPECT_THAT(owner_.asked, ElementsAre("one", "two"));
}

TEST_F(SessionTest, RequestsThatMayBeJoinedAreAnsweredTogetherIfTheyCameTogether) {
  Connect();
  Send(Framed("small 1") + Framed("small 2") + Framed("one") + Framed("small 3"));
  Settle();
  EXPECT_THAT(owner_.asked, ElementsAre("small 1+small 2", "one", "small 3"));
  Send(Framed("small 4"));
  Settle();
  Send(Framed("small 5") + Framed("small 6").substr(0, 3));
  Settle();
  Send(Framed("small 6").substr(3));
  Settle();
  EXPECT_THAT(owner_.asked,
              ElementsAre("small 1+small 2", "one", "small 3", "small 4", "small 5", "small 6"));
}

TEST_F(SessionTest, AClientThatDoesNotReadIsNotAskedForMore) {
  Connect();
  owner_.padding = std::string(1 << 20, '.');
  reads_ = false;
  Send(Framed("one") + Framed("two"));
  Settle();
  EXPECT_THAT(owner_.asked, ElementsAre("one"));
  EXPECT_FALSE(owner_.session->idle());
  reads_ = true;
  Take();
  Settle();
  EXPECT_THAT(received_, ElementsAre("one" + owner_.padding, "two" + owner_.padding));
}

TEST_F(SessionTest, AClientThatSendsNoMoreStillGetsItsAnswers) {
  Connect();
  Send(Framed("one") + Framed("two"));
  ASSERT_EQ(shutdown(client_.get(), SHUT_WR), 0);
  Settle();
  EXPECT_THAT(received_, ElementsAre("one", "two"));
  EXPECT_EQ(owner_.closed, absl::OkStatus());
}

TEST_F(SessionTest, AClientThatHangsUpIsForgotten) {
  Connect();
  client_ = UniqueFd();
  Settle();
  EXPECT_EQ(owner_.closed, absl::OkStatus());
}

TEST_F(SessionTest, AClientThatHangsUpBeforeItsAnswerIsForgotten) {
  Connect();
  Send(Framed("one"));
  client_ = UniqueFd();
  Settle();
  EXPECT_THAT(owner_.asked, ElementsAre("one"));
  ASSERT_TRUE(owner_.closed.has_value());
  EXPECT_EQ(owner_.closed->message(), "write answer: broken pipe");
}

TEST_F(SessionTest, AClientThatLeavesInTheMiddleOfAMessageIsNamedSo) {
  Connect();
  Send(Framed("hello").substr(0, 3));
  client_ = UniqueFd();
  Settle();
  ASSERT_TRUE(owner_.closed.has_value());
  EXPECT_EQ(owner_.closed->message(), "left in the middle of a message");
  EXPECT_THAT(owner_.asked, IsEmpty());
}

TEST_F(SessionTest, AClientThatStopsInTheMiddleOfAMessageIsCutOff) {
  owner_.limits_.client_timeout = 1ms;
  Connect();
  Send(Framed("hello").substr(0, 3));
  RunUntilClosed();
  EXPECT_EQ(*owner_.closed, absl::DeadlineExceededError("the rest of a message is missing"));
}

TEST_F(SessionTest, TheTimeIsForTheWholeMessageAndNotForEachByte) {
  owner_.limits_.client_timeout = 50ms;
  Connect();
  Send("\xff\xff\x03");  // 65,535 bytes are to follow
  // Slow enough that the turns do not run out before the time does.
  RunUntilClosed([&] {
    Send("x");
    std::this_thread::sleep_for(std::chrono::microseconds(100));
  });
  EXPECT_EQ(*owner_.closed, absl::DeadlineExceededError("the rest of a message is missing"));
}

TEST_F(SessionTest, AClientThatDoesNotTakeItsAnswerIsCutOff) {
  owner_.limits_.client_timeout = 1ms;
  owner_.padding = std::string(1 << 20, '.');
  Connect();
  reads_ = false;
  Send(Framed("one"));
  RunUntilClosed();
  EXPECT_EQ(*owner_.closed, absl::DeadlineExceededError("an answer is not taken"));
}

TEST_F(SessionTest, AnIdleClientMayStay) {
  owner_.limits_.client_timeout = 1ms;
  Connect();
  Send(Framed("one"));
  Settle();
  for (int turn = 0; turn < 20; ++turn) sd_event_run(event_.get(), /*timeout=*/1'000);
  EXPECT_FALSE(owner_.closed.has_value());
  Send(Framed("two"));
  Settle();
  EXPECT_THAT(received_, ElementsAre("one", "two"));
}

TEST_F(SessionTest, AMessageOverTheLimitIsRefusedBeforeItArrives) {
  owner_.limits_.max_message_bytes = 100;
  Connect();
  Send("\xff\x01");  // 255 bytes are to follow
  Settle();
  EXPECT_THAT(received_, ElementsAre("refused: message of 255 bytes: over the limit of 100 bytes"));
  EXPECT_EQ(owner_.closed, absl::OkStatus());
}

TEST_F(SessionTest, GarbageIsRefusedAfterTheRequestsBeforeItAreAnswered) {
  Connect();
  Send(Framed("one") + Framed("two") + std::string(100, '\xff'));
  Settle();
  EXPECT_THAT(received_,
              ElementsAre("one", "two", "refused: read message length: not a varint of 32 bits"));
  EXPECT_EQ(owner_.closed, absl::OkStatus());
}

TEST_F(SessionTest, TheAnswerThatEndsTheConnectionIsWrittenFirst) {
  Connect();
  owner_.padding = std::string(1 << 20, '.');
  Send(Framed("bye") + Framed("more"));
  Settle();
  EXPECT_THAT(received_, ElementsAre("bye" + owner_.padding));
  EXPECT_EQ(owner_.closed, absl::OkStatus());
  EXPECT_THAT(owner_.asked, ElementsAre("bye"));
}

TEST_F(SessionTest, WithoutRoomARequestIsRefusedRatherThanCarriedOut) {
  Connect();
  owner_.room = absl::ResourceExhaustedError("too much");
  Send(Framed("one"));
  Settle();
  EXPECT_THAT(owner_.asked, IsEmpty());
  EXPECT_THAT(received_, ElementsAre("refused: too much"));
  EXPECT_EQ(owner_.closed, absl::OkStatus());
}

// An event says nothing that such a client would print.
TEST_F(SessionTest, AClientThatWatchesIsToldEventsBetweenAnswers) {
  Connect();
  owner_.session->Tell(v1::WatchEvent());
  Send(Framed("watch"));
  Settle();
  EXPECT_THAT(received_, ElementsAre("watch"));
  owner_.session->Tell(v1::WatchEvent());
  owner_.session->Tell(v1::WatchEvent());
  Settle();
  EXPECT_THAT(received_, ElementsAre("watch", "", ""));
  Send(Framed("one"));
  Settle();
  owner_.session->Tell(v1::WatchEvent());
  Settle();
  EXPECT_THAT(received_, ElementsAre("watch", "", "", "one", ""));
  EXPECT_TRUE(owner_.session->idle());
}

TEST_F(SessionTest, AWatcherThatDoesNotReadMayStayAndCostsLittle) {
  owner_.limits_.client_timeout = 1ms;
  Connect();
  Send(Framed("watch"));
  Settle();
  reads_ = false;
  v1::WatchEvent event;
  event.mutable_pushed()->add_service_changes(std::string(1'000, 'x'));
  for (int i = 0; i < 10'000; ++i) {
    owner_.session->Tell(event);
    if (i % 100 == 0) Settle();
  }
  for (int turn = 0; turn < 20; ++turn) sd_event_run(event_.get(), /*timeout=*/1'000);
  EXPECT_FALSE(owner_.closed.has_value());
  EXPECT_TRUE(owner_.session->is_replaceable());
  EXPECT_LT(owner_.session->buffered_bytes(), size_t{1} << 20);
  reads_ = true;
  Take();
  Settle();
  Send(Framed("one"));
  Settle();
  EXPECT_EQ(received_.back(), "one");
}

TEST_F(SessionTest, AWatcherThatHangsUpIsForgotten) {
  Connect();
  Send(Framed("watch"));
  Settle();
  client_ = UniqueFd();
  Settle();
  EXPECT_EQ(owner_.closed, absl::OkStatus());
}

}  // namespace
}  // namespace nftsvc::control
