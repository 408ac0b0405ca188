// SPDX-License-Identifier: Apache-2.0
#include "src/control/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "src/control/frame.h"
#include "src/control/unix_address.h"
#include "tests/control/temporary_directory.h"

// Clients on a real socket in the file system, all turned by one hand.
namespace nftsvc::control {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using std::chrono_literals::operator""us;
using std::chrono_literals::operator""s;

std::string GetFrame(uint64_t id, const std::string& service) {
  v1::Request request;
  request.set_id(id);
  request.mutable_get()->set_service(service);
  return EncodeFrame(request);
}

// A client that never waits.
class TestClient {
 public:
  explicit TestClient(const std::string& path)
      : fd_(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
    const UnixAddress address = *UnixAddress::Of(path);
    EXPECT_EQ(connect(fd_.get(), address.get(), address.size()), 0);
  }

  // Puts bytes into the socket while there is room in it; the rest has to wait for the next call.
  void Send(const std::string& bytes) {
    unsent_ += bytes;
    const ssize_t count = send(fd_.get(), unsent_.data(), unsent_.size(), MSG_NOSIGNAL);
    if (count > 0) unsent_.erase(0, static_cast<size_t>(count));
  }

  // What has come so far.
  void Receive() {
    std::array<char, 64 * 1024> bytes;
    ssize_t count;
    while ((count = recv(fd_.get(), bytes.data(), bytes.size(), 0)) > 0) {
      EXPECT_TRUE(decoder_.Append({bytes.data(), static_cast<size_t>(count)}).ok());
    }
    if (count == 0 || errno == ECONNRESET) is_closed = true;
    while (std::optional<std::string> message = decoder_.Next()) {
      v1::Response response;
      EXPECT_TRUE(response.ParseFromString(*message));
      responses.push_back(response);
    }
  }

  std::vector<v1::Response> responses;
  bool is_closed = false;

 private:
  UniqueFd fd_;
  std::string unsent_;
  FrameDecoder decoder_{size_t{64} << 20};
};

class ServerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    sd_event* event = nullptr;
    ASSERT_GE(sd_event_new(&event), 0);
    event_.reset(event);
  }

  void Start() {
    absl::StatusOr<Listener> listener = Listener::Open({.path = directory_ / "control.sock"});
    ASSERT_TRUE(listener.ok()) << listener.status();
    const auto handle = [&](const std::vector<Handler::Call>& calls, const Peer& peer) {
      peers_.push_back(peer);
      for (const auto& [split, response] : calls) {
        if (split->request.has_watch()) {
          response->mutable_watch()->mutable_watching();
        } else if (split->request.has_delta()) {
          response->mutable_push()->set_joined_deltas(static_cast<uint32_t>(calls.size()));
        } else {
          response->mutable_error()->set_message(answer_.empty() ? split->request.get().service()
                                                                 : answer_);
        }
      }
    };
    const auto log = [&](base::Severity, absl::string_view text) { log_.emplace_back(text); };
    auto server = Server::Start(event_.get(), *std::move(listener), limits_, handle, log);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }

  std::unique_ptr<TestClient> Connect() {
    auto client = std::make_unique<TestClient>(directory_ / "control.sock");
    Settle();
    return client;
  }

  // Turns the loop, and the clients, until nobody has anything to do at present.
  void Settle(const std::vector<TestClient*>& clients = {}) {
    int result = 0;
    do {
      result = sd_event_run(event_.get(), 0);
      for (TestClient* client : clients) {
        client->Send("");
        client->Receive();
      }
    } while (result > 0);
  }

  testing::TemporaryDirectory directory_;
  EventLoop event_;
  Limits limits_;
  std::unique_ptr<Server> server_;
  std::string answer_;  // to whoever gets; empty: what was asked for
  std::vector<Peer> peers_;
  std::vector<std::string> log_;
};

TEST_F(ServerTest, AnswersUnderTheIdOfTheRequest) {
  Start();
  const auto client = Connect();
  client->Send(GetFrame(7, "default/web"));
  Settle({client.get()});
  ASSERT_EQ(client->responses.size(), 1u);
  EXPECT_EQ(client->responses[0].id(), 7u);
  EXPECT_EQ(client->responses[0].error().message(), "default/web");
}

TEST_F(ServerTest, HasDeltasThatCameTogetherHandledTogether) {
  Start();
  const auto client = Connect();
  v1::Request delta;
  delta.set_id(1);
  delta.mutable_delta()->add_remove("default/web");
  std::string frames = EncodeFrame(delta);
  delta.set_id(2);
  frames += EncodeFrame(delta);
  delta.set_id(3);
  delta.mutable_delta()->set_base_revision(7);
  frames += EncodeFrame(delta);
  client->Send(frames);
  Settle({client.get()});
  ASSERT_EQ(client->responses.size(), 3u);
  EXPECT_EQ(peers_.size(), 2u);
  for (uint64_t i = 0; i < 3; ++i) {
    EXPECT_EQ(client->responses[i].id(), i + 1);
    EXPECT_EQ(client->responses[i].push().joined_deltas(), i < 2 ? 2u : 1u);
  }
}

// A service that is not UTF-8 where it should be breaks no other; a request that is none does.
TEST_F(ServerTest, AnswersTheDeltasBeforeOneThatCannotBeRead) {
  Start();
  const auto client = Connect();
  v1::Request delta;
  delta.set_id(1);
  delta.mutable_delta()->add_remove("default/web");
  std::string bad = delta.SerializeAsString();
  bad[bad.find("web")] = '\xff';
  client->Send(EncodeFrame(delta) + static_cast<char>(bad.size()) + bad + EncodeFrame(delta));
  Settle({client.get()});
  ASSERT_EQ(client->responses.size(), 2u);
  EXPECT_EQ(client->responses[0].push().joined_deltas(), 1u);
  EXPECT_EQ(client->responses[1].error().code(), v1::Error::INVALID);
  EXPECT_TRUE(client->is_closed);
}

TEST_F(ServerTest, KnowsWhoAsks) {
  Start();
  const auto client = Connect();
  client->Send(GetFrame(1, ""));
  Settle();
  ASSERT_EQ(peers_.size(), 1u);
  EXPECT_EQ(peers_[0].pid, getpid());
  EXPECT_EQ(peers_[0].uid, getuid());
  EXPECT_EQ(peers_[0].gid, getgid());
}

TEST_F(ServerTest, WhatIsNoRequestIsAnsweredUnderIdZeroAndEndsTheConnection) {
  Start();
  const auto client = Connect();
  client->Send("\x04garb");
  client->Send(GetFrame(1, "later"));
  Settle({client.get()});
  ASSERT_EQ(client->responses.size(), 1u);
  EXPECT_EQ(client->responses[0].id(), 0u);
  EXPECT_EQ(client->responses[0].error().code(), v1::Error::INVALID);
  EXPECT_EQ(client->responses[0].error().message(),
            "read request: not a protobuf Request, or not UTF-8 in a string of it");
  EXPECT_TRUE(client->is_closed);
  EXPECT_EQ(server_->client_count(), 0u);
  EXPECT_THAT(peers_, IsEmpty());
}

TEST_F(ServerTest, AMessageOverTheLimitIsTooLarge) {
  limits_.max_message_bytes = 1024;
  Start();
  const auto client = Connect();
  client->Send(GetFrame(1, std::string(2000, 'x')));
  Settle({client.get()});
  ASSERT_EQ(client->responses.size(), 1u);
  EXPECT_EQ(client->responses[0].error().code(), v1::Error::TOO_LARGE);
  EXPECT_TRUE(client->is_closed);
}

TEST_F(ServerTest, ManyClientsAreServedWhileOthersStandInTheMiddleOfAMessage) {
  Start();
  std::vector<std::unique_ptr<TestClient>> slow, quick;
  for (int i = 0; i < 50; ++i) {
    slow.push_back(Connect());
    slow.back()->Send(GetFrame(1, "never sent whole").substr(0, 1 + i % 10));
    quick.push_back(Connect());
    quick.back()->Send(GetFrame(static_cast<uint64_t>(i), absl::StrCat("client ", i)));
  }
  std::vector<TestClient*> all;
  for (const auto& client : quick) all.push_back(client.get());
  Settle(all);
  EXPECT_EQ(server_->client_count(), 100u);
  for (int i = 0; i < 50; ++i) {
    ASSERT_EQ(quick[i]->responses.size(), 1u);
    EXPECT_EQ(quick[i]->responses[0].error().message(), absl::StrCat("client ", i));
  }
}

TEST_F(ServerTest, AClientBeyondTheLimitIsToldSo) {
  limits_.max_clients = 2;
  Start();
  const auto first = Connect(), second = Connect(), third = Connect();
  Settle({third.get()});
  ASSERT_EQ(third->responses.size(), 1u);
  EXPECT_EQ(third->responses[0].error().code(), v1::Error::TOO_LARGE);
  EXPECT_EQ(third->responses[0].error().message(), "connect: 2 clients are connected already");
  EXPECT_TRUE(third->is_closed);
  EXPECT_EQ(server_->client_count(), 2u);
}

TEST_F(ServerTest, ThatClientsAreTooManyIsLoggedOnceUntilThereIsRoom) {
  limits_.max_clients = 1;
  Start();
  auto first = Connect();
  Connect();
  Connect();
  EXPECT_THAT(log_, ElementsAre("connect: 1 clients are connected already"));
  first.reset();
  Settle();
  first = Connect();
  Connect();
  EXPECT_EQ(log_.size(), 2u);
}

TEST_F(ServerTest, AtTheLimitTheClientThatIsIdleLongestMakesRoom) {
  limits_.max_clients = 2;
  limits_.client_timeout = 0us;
  Start();
  const auto first = Connect(), second = Connect();
  first->Send(GetFrame(1, "first is active after second"));
  Settle({first.get()});
  const auto third = Connect();
  third->Send(GetFrame(1, "third"));
  Settle({first.get(), second.get(), third.get()});
  EXPECT_TRUE(second->is_closed);
  EXPECT_FALSE(first->is_closed);
  ASSERT_EQ(third->responses.size(), 1u);
  EXPECT_EQ(third->responses[0].error().message(), "third");
}

TEST_F(ServerTest, WithTheCommonRoomTakenSmallRequestsPassAndBigOnesAreRefused) {
  limits_.max_message_bytes = 1 << 20;
  limits_.max_clients = 4;
  Start();
  const auto hog = Connect(), other_hog = Connect(), small = Connect(), big = Connect();
  const std::string most = GetFrame(1, std::string((1 << 20) - 100, 'x'));
  hog->Send(most.substr(0, most.size() - 1));
  other_hog->Send(most.substr(0, most.size() - 1));
  Settle({hog.get(), other_hog.get()});
  small->Send(GetFrame(1, "small"));
  big->Send(most);
  Settle({hog.get(), other_hog.get(), small.get(), big.get()});
  ASSERT_EQ(small->responses.size(), 1u);
  EXPECT_EQ(small->responses[0].error().message(), "small");
  ASSERT_EQ(big->responses.size(), 1u);
  EXPECT_EQ(big->responses[0].error().code(), v1::Error::TOO_LARGE);
  EXPECT_TRUE(big->is_closed);
  EXPECT_FALSE(hog->is_closed);
}

// Each answers with the megabyte that it is to get.
TEST_F(ServerTest, WhoDoesNotReadAnswersGetsNoMoreOfThem) {
  limits_.max_message_bytes = 2 << 20;
  limits_.max_clients = 50;
  answer_ = std::string(1 << 20, 'x');
  Start();
  std::vector<std::unique_ptr<TestClient>> lazy;
  for (int i = 0; i < 20; ++i) {
    lazy.push_back(Connect());
    lazy.back()->Send(GetFrame(1, ""));
    Settle();
  }
  EXPECT_EQ(server_->client_count(), 20u);
  EXPECT_LE(server_->buffered_bytes(), 2 * limits_.max_message_bytes + answer_.size() + (1 << 20));
  EXPECT_LT(peers_.size(), 8u) << "have been asked for";
  lazy.back()->Receive();
  ASSERT_EQ(lazy.back()->responses.size(), 1u);
  EXPECT_EQ(lazy.back()->responses[0].id(), 1u);
  EXPECT_EQ(lazy.back()->responses[0].error().code(), v1::Error::TOO_LARGE);
  // Small answers come all the same, and big ones as soon as others have been read.
  v1::Request delta;
  delta.mutable_delta();
  lazy.back()->Send(EncodeFrame(delta));
  Settle({lazy.back().get()});
  ASSERT_EQ(lazy.back()->responses.size(), 2u);
  EXPECT_TRUE(lazy.back()->responses[1].has_push());
  for (const auto& client : lazy) Settle({client.get()});
  lazy.back()->Send(GetFrame(2, ""));
  Settle({lazy.back().get()});
  ASSERT_EQ(lazy.back()->responses.size(), 3u);
  EXPECT_EQ(lazy.back()->responses[2].error().message(), answer_);
}

TEST_F(ServerTest, NewLimitsHoldForClientsThatComeLater) {
  Start();
  limits_.max_message_bytes = 1024;
  server_->set_limits(limits_);
  const auto client = Connect();
  client->Send(GetFrame(1, std::string(2000, 'x')));
  Settle({client.get()});
  ASSERT_EQ(client->responses.size(), 1u);
  EXPECT_EQ(client->responses[0].error().code(), v1::Error::TOO_LARGE);
}

TEST_F(ServerTest, AnAnswerOfManyMegabytesReachesAClientThatTakesItSlowly) {
  Start();
  const auto client = Connect();
  const std::string text(3 << 20, 'x');
  client->Send(GetFrame(1, text));
  Settle({client.get()});
  ASSERT_EQ(client->responses.size(), 1u);
  EXPECT_EQ(client->responses[0].error().message(), text);
}

TEST_F(ServerTest, ThoseWhoWatchAreToldAndOthersAreNot) {
  Start();
  const auto watcher = Connect(), other = Connect();
  v1::Request request;
  request.set_id(9);
  request.mutable_watch();
  watcher->Send(EncodeFrame(request));
  Settle({watcher.get(), other.get()});
  v1::WatchEvent event;
  event.mutable_missed()->set_events(3);
  server_->Tell(event);
  Settle({watcher.get(), other.get()});
  ASSERT_EQ(watcher->responses.size(), 2u);
  EXPECT_TRUE(watcher->responses[0].watch().has_watching());
  EXPECT_EQ(watcher->responses[1].id(), 9u);
  EXPECT_EQ(watcher->responses[1].watch().missed().events(), 3u);
  EXPECT_THAT(other->responses, IsEmpty());
}

}  // namespace
}  // namespace nftsvc::control
