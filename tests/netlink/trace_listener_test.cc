// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/trace_listener.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "tests/netlink/net_namespace.h"
#include "tests/netlink/nft_command.h"

namespace nftsvc::netlink {
namespace {

using ::testing::IsEmpty;

void SwitchLoopbackOn() {
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  ifreq request = {};
  absl::string_view("lo").copy(request.ifr_name, sizeof(request.ifr_name) - 1);
  request.ifr_flags = IFF_UP;
  ASSERT_EQ(ioctl(fd, SIOCSIFFLAGS, &request), 0);
  close(fd);
}

// A datagram to this host itself. Returns the port that it comes from.
uint16_t SendDatagramTo(uint16_t port) {
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  EXPECT_EQ(connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  (void)send(fd, "x", 1, 0);  // EPERM where a rule drops it
  sockaddr_in own = {};
  socklen_t size = sizeof(own);
  EXPECT_EQ(getsockname(fd, reinterpret_cast<sockaddr*>(&own), &size), 0);
  close(fd);
  return ntohs(own.sin_port);
}

class TraceListenerTest : public KernelTest {};

TEST_F(TraceListenerTest, HearsOfEachStepOfATracedPacket) {
  SwitchLoopbackOn();
  auto listener = TraceListener::Open();
  ASSERT_TRUE(listener.ok()) << listener.status();
  ASSERT_EQ(Load(R"(
table ip t {
  chain end {
    drop
  }
  chain out {
    type filter hook output priority 0;
    udp dport 53 meta nftrace set 1
    udp dport 53 goto end
  }
}
)"),
            "");
  const uint16_t from = SendDatagramTo(53);
  std::vector<TraceMessage> messages;
  for (int i = 0; i < 100 && (messages.empty() || messages.back().chain != "end"); ++i) {
    const auto more = listener->Receive(std::chrono::milliseconds(100));
    ASSERT_TRUE(more.ok()) << more.status();
    messages.insert(messages.end(), more->begin(), more->end());
  }
  ASSERT_EQ(messages.size(), 3u);
  EXPECT_EQ(absl::StrCat(messages[0].family, " ", messages[0].table, " ", messages[0].chain),
            "ip t out");
  ASSERT_TRUE(messages[0].packet.has_value());
  const TracedPacket& packet = *messages[0].packet;
  EXPECT_EQ(packet.source.ToString(), "127.0.0.1");
  EXPECT_EQ(packet.destination.ToString(), "127.0.0.1");
  EXPECT_EQ(packet.protocol, base::Protocol::kUdp);
  EXPECT_EQ(packet.source_port, from);
  EXPECT_EQ(packet.destination_port, 53);
  EXPECT_EQ(packet.in_interface, "");
  EXPECT_EQ(packet.out_interface, "lo");

  EXPECT_EQ(messages[1].verdict, TraceMessage::Verdict::kGoto);
  EXPECT_EQ(messages[1].target, "end");
  EXPECT_FALSE(messages[1].packet.has_value());
  EXPECT_EQ(messages[2].verdict, TraceMessage::Verdict::kDrop);
  EXPECT_EQ(messages[2].kind, TraceMessage::Kind::kRule);
  EXPECT_NE(messages[2].rule, 0u);
  EXPECT_EQ(messages[0].id, messages[2].id);
}

TEST_F(TraceListenerTest, WhereNobodyTracesThereIsNothingToHear) {
  SwitchLoopbackOn();
  auto listener = TraceListener::Open();
  ASSERT_TRUE(listener.ok()) << listener.status();
  SendDatagramTo(53);
  const auto messages = listener->Receive(std::chrono::milliseconds(1));
  ASSERT_TRUE(messages.ok()) << messages.status();
  EXPECT_THAT(*messages, IsEmpty());
}

TEST(DecodeTraceTest, WhatIsNoMessageIsNoTrace) {
  std::vector<uint8_t> bytes(64, 0xff);
  EXPECT_THAT(DecodeTrace(bytes), IsEmpty());
  bytes.assign(64, 0);
  EXPECT_THAT(DecodeTrace(bytes), IsEmpty());
  EXPECT_THAT(DecodeTrace({}), IsEmpty());
}

}  // namespace
}  // namespace nftsvc::netlink
