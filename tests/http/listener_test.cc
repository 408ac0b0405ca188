// SPDX-License-Identifier: Apache-2.0
#include "src/http/listener.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/http/http_test.h"

namespace nftsvc::http {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

class HttpListenerTest : public HttpTest {};

TEST_F(HttpListenerTest, AListenerIsGoneWhenItIsDestroyedAndCanComeBack) {
  Serve();
  listeners_.clear();
  Listen("127.0.0.1");
  EXPECT_THAT(Ask("127.0.0.1", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"), HasSubstr(" 200 "));
}

TEST_F(HttpListenerTest, TheUnspecifiedAddressIsAllOfItsFamilyOnly) {
  Serve();
  listeners_.clear();
  Listen("::");
  Listen("0.0.0.0");
  EXPECT_THAT(Ask("127.0.0.1", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"), EndsWith("by IPv4"));
  EXPECT_THAT(Ask("::1", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"), EndsWith("by IPv6"));
}

TEST_F(HttpListenerTest, APortThatIsTakenIsNamed) {
  Serve();
  const auto second = Listener::Open(event_.get(), Ip("::1"), kPort, *server_);
  EXPECT_THAT(std::string(second.status().message()),
              HasSubstr("listen on [::1]:8080/tcp: address already in use"));
}

}  // namespace
}  // namespace nftsvc::http
