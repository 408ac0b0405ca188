// SPDX-License-Identifier: Apache-2.0
#include "src/control/client.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <functional>
#include <thread>

#include "absl/strings/str_cat.h"
#include "src/control/frame.h"
#include "src/control/listener.h"
#include "src/control/unix_address.h"
#include "tests/control/temporary_directory.h"

namespace nftsvc::control {
namespace {

v1::Request StatusRequest() {
  v1::Request request;
  request.mutable_status();
  return request;
}

std::string ResponseFrame(uint64_t id, const std::string& error) {
  v1::Response response;
  response.set_id(id);
  if (!error.empty()) response.mutable_error()->set_message(error);
  return EncodeFrame(response);
}

class ClientTest : public ::testing::Test {
 protected:
  // A server for one client: what it does with the connection.
  void Serve(std::function<void(int)> conversation) {
    listener_ = UniqueFd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const UnixAddress address = *UnixAddress::Of(path_);
    ASSERT_EQ(bind(listener_.get(), address.get(), address.size()), 0);
    ASSERT_EQ(listen(listener_.get(), 1), 0);
    server_ = std::thread([this, conversation = std::move(conversation)] {
      const UniqueFd client(accept(listener_.get(), nullptr, nullptr));
      conversation(client.get());
    });
  }

  void TearDown() override {
    if (server_.joinable()) server_.join();
  }

  static std::string ReadSome(int fd) {
    std::array<char, 4096> bytes;
    const ssize_t count = recv(fd, bytes.data(), bytes.size(), 0);
    return std::string(bytes.data(), count > 0 ? static_cast<size_t>(count) : 0);
  }

  static void Write(int fd, const std::string& bytes) {
    EXPECT_EQ(send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }

  testing::TemporaryDirectory directory_;
  std::string path_ = directory_ / "control.sock";
  UniqueFd listener_;
  std::thread server_;
};

TEST_F(ClientTest, SaysThatTheDaemonMayNotRun) {
  EXPECT_EQ(Client::Connect(path_).status().message(),
            absl::StrCat("connect ", path_, ": no such file or directory; is nftsvcd running?"));
}

TEST_F(ClientTest, SaysThatTheDaemonMayHaveLeftItsSocketBehind) {
  const UniqueFd bound(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const UnixAddress address = *UnixAddress::Of(path_);
  ASSERT_EQ(bind(bound.get(), address.get(), address.size()), 0);
  EXPECT_EQ(Client::Connect(path_).status().message(),
            absl::StrCat("connect ", path_, ": connection refused; is nftsvcd running?"));
}

TEST_F(ClientTest, SaysThatTheCallerMayNotConnect) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can become another user";
  const auto listener = Listener::Open({.path = path_, .mode = 0600, .group = std::nullopt});
  ASSERT_TRUE(listener.ok());
  ASSERT_EQ(chmod(directory_.path().c_str(), 0755), 0);
  std::thread([&] {
    // The system call rather than the function, which would change every thread.
    ASSERT_EQ(syscall(SYS_setresuid, -1, 65534, -1), 0);
    EXPECT_EQ(Client::Connect(path_).status().message(),
              absl::StrCat("connect ", path_,
                           ": permission denied; are you in the socket's group, or root?"));
  }).join();
}

TEST_F(ClientTest, EachCallGetsItsOwnAnswer) {
  Serve([](int fd) {
    ReadSome(fd);
    Write(fd, ResponseFrame(1, ""));
    ReadSome(fd);
    Write(fd, ResponseFrame(2, "no"));
  });
  absl::StatusOr<Client> client = Client::Connect(path_);
  ASSERT_TRUE(client.ok()) << client.status();
  const auto first = client->Call(StatusRequest());
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_FALSE(first->has_error());
  const auto second = client->Call(StatusRequest());
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(second->error().message(), "no");
}

TEST_F(ClientTest, AnAnswerMayComeInPieces) {
  Serve([](int fd) {
    ReadSome(fd);
    for (const char byte : ResponseFrame(1, "no")) Write(fd, std::string(1, byte));
  });
  absl::StatusOr<Client> client = Client::Connect(path_);
  ASSERT_TRUE(client.ok()) << client.status();
  EXPECT_EQ(client->Call(StatusRequest())->error().message(), "no");
}

TEST_F(ClientTest, HearsWhyARequestIsRefusedBeforeItIsReadWhole) {
  Serve([](int fd) {
    ReadSome(fd);
    Write(fd, ResponseFrame(0, "too large"));
  });
  absl::StatusOr<Client> client = Client::Connect(path_);
  ASSERT_TRUE(client.ok()) << client.status();
  v1::Request request;
  request.mutable_get()->set_service(std::string(16 << 20, 'x'));
  const auto response = client->Call(std::move(request));
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->error().message(), "too large");
}

TEST_F(ClientTest, SaysThatTheDaemonHungUp) {
  Serve([](int fd) { ReadSome(fd); });
  absl::StatusOr<Client> client = Client::Connect(path_);
  ASSERT_TRUE(client.ok()) << client.status();
  EXPECT_EQ(client->Call(StatusRequest()).status(),
            absl::UnavailableError("read answer: nftsvcd hung up"));
}

TEST_F(ClientTest, AnAnswerToAnotherRequestIsNoAnswer) {
  Serve([](int fd) {
    ReadSome(fd);
    Write(fd, ResponseFrame(9, ""));
  });
  absl::StatusOr<Client> client = Client::Connect(path_);
  ASSERT_TRUE(client.ok()) << client.status();
  EXPECT_EQ(client->Call(StatusRequest()).status(),
            absl::DataLossError("read answer: it is for request 9, not 1"));
}

TEST_F(ClientTest, WhatIsNoResponseIsNoAnswer) {
  Serve([](int fd) {
    ReadSome(fd);
    Write(fd, "\x04garb");
  });
  absl::StatusOr<Client> client = Client::Connect(path_);
  ASSERT_TRUE(client.ok()) << client.status();
  EXPECT_EQ(client->Call(StatusRequest()).status(),
            absl::DataLossError("read answer: not a protobuf Response"));
}

}  // namespace
}  // namespace nftsvc::control
