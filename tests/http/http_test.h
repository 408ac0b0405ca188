// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>
#include <sched.h>

#include <csignal>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "src/http/listener.h"
#include "src/http/server.h"
#include "tests/http/client.h"

namespace nftsvc::http {

// A server on the loopback of a network namespace of the test's own.
class HttpTest : public ::testing::Test {
 protected:
  static constexpr uint16_t kPort = 8080;

  void SetUp() override {
    if (unshare(CLONE_NEWNET) != 0) GTEST_SKIP() << "needs the right to make network namespaces";
    ASSERT_EQ(std::system("ip link set lo up"), 0);
    sd_event* event = nullptr;
    ASSERT_GE(sd_event_new(&event), 0);
    event_.reset(event);
  }

  void Serve(const Limits& limits = Limits()) {
    auto server = Server::Start(event_.get(), limits, [this](const Request& request) {
      ++requests_;
      return Response{.status = 200,
                      .headers = {{"X-Asked", absl::StrCat(request.port, request.path)}},
                      .body = request.family == base::Family::kIPv4 ? "by IPv4" : "by IPv6"};
    });
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    for (const char* address : {"127.0.0.1", "::1"}) Listen(address);
  }

  static base::IpAddress Ip(absl::string_view text) { return base::IpAddress::Parse(text).value(); }

  void Listen(const char* address) {
    auto listener = Listener::Open(event_.get(), Ip(address), kPort, *server_);
    ASSERT_TRUE(listener.ok()) << listener.status();
    listeners_.push_back(*std::move(listener));
  }

  static control::UniqueFd Connect(const char* address) {
    control::UniqueFd client = testing::ConnectTo(address, kPort);
    EXPECT_TRUE(client.is_open()) << address;
    return client;
  }
  static void Say(const control::UniqueFd& client, const std::string& text) {
    testing::Say(client, text);
  }
  std::string Answer(const control::UniqueFd& client) {
    return testing::AnswerTo(client, event_.get());
  }
  std::string Ask(const char* address, const std::string& request) {
    return testing::AskBy(address, kPort, event_.get(), request);
  }

  control::EventLoop event_;
  int requests_ = 0;
  std::unique_ptr<Server> server_;
  std::vector<std::unique_ptr<Listener>> listeners_;
};

}  // namespace nftsvc::http
