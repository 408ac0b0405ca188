// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <systemd/sd-event.h>

#include <array>
#include <cerrno>
#include <string>

#include "absl/strings/match.h"
#include "src/control/unique_fd.h"

// Clients of a server in the same thread: whatever they wait for, the event loop runs until it is
// there.
namespace nftsvc::testing {

inline control::UniqueFd ConnectTo(const char* address, uint16_t port) {
  const bool is_v4 = !absl::StrContains(address, ':');
  sockaddr_storage raw = {};
  if (is_v4) {
    auto& v4 = reinterpret_cast<sockaddr_in&>(raw);
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    inet_pton(AF_INET, address, &v4.sin_addr);
  } else {
    auto& v6 = reinterpret_cast<sockaddr_in6&>(raw);
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    inet_pton(AF_INET6, address, &v6.sin6_addr);
  }
  control::UniqueFd fd(socket(raw.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const socklen_t size = is_v4 ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
  if (connect(fd.get(), reinterpret_cast<sockaddr*>(&raw), size) != 0) return {};
  fcntl(fd.get(), F_SETFL, O_NONBLOCK);
  return fd;
}

inline void Say(const control::UniqueFd& client, const std::string& text) {
  EXPECT_EQ(send(client.get(), text.data(), text.size(), MSG_NOSIGNAL),
            static_cast<ssize_t>(text.size()));
}

// All that the server says until it closes the connection, or resets it.
inline std::string AnswerTo(const control::UniqueFd& client, sd_event* event) {
  std::string text;
  std::array<char, 4096> bytes;
  for (int turn = 0; turn < 3'000; ++turn) {
    const ssize_t count = recv(client.get(), bytes.data(), bytes.size(), 0);
    if (count > 0) text.append(bytes.data(), static_cast<size_t>(count));
    if (count == 0 || (count < 0 && errno != EAGAIN)) return text;
    if (count < 0) sd_event_run(event, 10'000);
  }
  ADD_FAILURE() << "the server does not close; it said: " << text;
  return text;
}

inline constexpr char kGet[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

// Empty if nobody listens.
inline std::string AskBy(const char* address, uint16_t port, sd_event* event,
                         const std::string& request = kGet) {
  const control::UniqueFd client = ConnectTo(address, port);
  if (!client.is_open()) return "";
  Say(client, request);
  return AnswerTo(client, event);
}

}  // namespace nftsvc::testing
