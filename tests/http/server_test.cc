// SPDX-License-Identifier: Apache-2.0
#include "src/http/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "tests/http/http_test.h"

namespace nftsvc::http {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

class HttpServerTest : public HttpTest {};

TEST_F(HttpServerTest, AnswersInBothFamiliesAndSaysWhatWasAsked) {
  Serve();
  const std::string v4 = Ask("127.0.0.1", "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_THAT(v4, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(v4, HasSubstr("X-Asked: 8080/metrics\r\n"));
  EXPECT_THAT(v4, EndsWith("\r\n\r\nby IPv4"));
  EXPECT_THAT(Ask("::1", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"), EndsWith("\r\n\r\nby IPv6"));
}

TEST_F(HttpServerTest, HeadHasNoBody) {
  Serve();
  const std::string answer = Ask("127.0.0.1", "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, HasSubstr("Content-Length: 7\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\n"));
}

TEST_F(HttpServerTest, OtherMethodsAreNotAllowed) {
  Serve();
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS"}) {
    const std::string answer = Ask("127.0.0.1", absl::StrCat(method, " / HTTP/1.1\r\nHost: a\r\n",
                                                             "Content-Length: 0\r\n\r\n"));
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 405 ")) << method;
    EXPECT_THAT(answer, HasSubstr("Allow: GET, HEAD\r\n")) << method;
  }
  EXPECT_EQ(requests_, 0);
}

TEST_F(HttpServerTest, ARequestThatComesByteForByteIsARequest) {
  Serve();
  const control::UniqueFd client = Connect("127.0.0.1");
  for (const char byte : std::string("GET / HTTP/1.1\r\nHost: a\r\n\r\n")) {
    Say(client, std::string(1, byte));
    for (int turn = 0; turn < 3; ++turn) sd_event_run(event_.get(), 0);
  }
  EXPECT_THAT(Answer(client), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST_F(HttpServerTest, WhatIsTooBigOrNoHttpIsRefused) {
  Serve();
  const std::string long_path(20'000, 'x');
  EXPECT_THAT(Ask("127.0.0.1", absl::StrCat("GET /", long_path, " HTTP/1.1\r\nHost: a\r\n\r\n")),
              Not(HasSubstr(" 200 ")));
  EXPECT_THAT(Ask("127.0.0.1", absl::StrCat("GET / HTTP/1.1\r\nHost: ", long_path, "\r\n\r\n")),
              Not(HasSubstr(" 200 ")));
  EXPECT_THAT(Ask("127.0.0.1", "\x16\x03\x01\r\n\r\n"), Not(HasSubstr(" 200 ")));
  EXPECT_EQ(requests_, 0);
}

TEST_F(HttpServerTest, WhoSaysNothingIsCutOff) {
  Serve({.timeout = std::chrono::seconds(1)});
  EXPECT_THAT(Ask("127.0.0.1", ""), IsEmpty());
  EXPECT_THAT(Ask("127.0.0.1", "GET / HTTP/1.1\r\n"), Not(HasSubstr(" 200 ")));
  EXPECT_EQ(requests_, 0);
}

TEST_F(HttpServerTest, WhoNeverComesToAnEndIsCutOff) {
  Serve({.timeout = std::chrono::seconds(60), .patience = std::chrono::seconds(1)});
  const control::UniqueFd client = Connect("127.0.0.1");
  Say(client, "GET / HTTP/1.1\r\nX: ");
  // It goes on talking, in time for the timeout that counts from the last byte.
  bool cut_off = false;
  for (int turn = 0; turn < 100 && !cut_off; ++turn) {
    absl::SleepFor(absl::Milliseconds(50));
    while (sd_event_run(event_.get(), 0) > 0) {
    }
    cut_off = send(client.get(), "x", 1, MSG_NOSIGNAL) < 0;
  }
  EXPECT_TRUE(cut_off);
  EXPECT_THAT(Ask("127.0.0.1", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"), HasSubstr(" 200 "));
}

TEST_F(HttpServerTest, OneAddressCannotTakeThePlacesOfOthers) {
  Serve({.connections = 5, .connections_per_address = 3});
  std::vector<control::UniqueFd> idle;
  for (int i = 0; i < 4; ++i) idle.push_back(Connect("127.0.0.1"));
  EXPECT_THAT(Answer(idle.back()), IsEmpty());
  EXPECT_THAT(Ask("::1", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"), HasSubstr(" 200 "));
  idle.clear();
  std::string answer;
  for (int turn = 0; turn < 100 && answer.empty(); ++turn) {
    answer = Ask("127.0.0.1", "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  }
  EXPECT_THAT(answer, HasSubstr(" 200 ")) << "those who left made room";
}

TEST_F(HttpServerTest, AllTogetherAreBounded) {
  Serve({.connections = 2, .connections_per_address = 9});
  std::vector<control::UniqueFd> idle;
  for (int i = 0; i < 2; ++i) idle.push_back(Connect("127.0.0.1"));
  for (int turn = 0; turn < 10; ++turn) sd_event_run(event_.get(), 1'000);
  EXPECT_THAT(Answer(Connect("::1")), IsEmpty());
}

}  // namespace
}  // namespace nftsvc::http
