// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/socket.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include "src/netlink/batch.h"
#include "src/netlink/message.h"
#include "tests/netlink/net_namespace.h"

namespace nftsvc::netlink {
namespace {

using base::Family;
using std::chrono::milliseconds;

// The descriptor of the one netfilter socket that this process holds.
int FindNetfilterSocket() {
  for (int fd = 3; fd < 256; ++fd) {
    int protocol = 0;
    int domain = 0;
    socklen_t size = sizeof(int);
    if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_NETLINK &&
        getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &size) == 0 &&
        protocol == NETLINK_NETFILTER) {
      return fd;
    }
  }
  return -1;
}

// Puts something that is no socket in its place.
void Break(int fd) {
  const int other = open("/dev/null", O_RDONLY | O_CLOEXEC);
  ASSERT_EQ(dup2(other, fd), fd);
  close(other);
}

class SocketTest : public KernelTest {};

TEST_F(SocketTest, HearsNothingUnlessAsked) {
  absl::StatusOr<Socket> socket = Socket::Open();
  ASSERT_TRUE(socket.ok()) << socket.status();
  const auto datagram = socket->Receive(milliseconds(0));
  ASSERT_TRUE(datagram.ok()) << datagram.status();
  EXPECT_TRUE(datagram->empty());
}

TEST_F(SocketTest, TheAnswerIsThereWhenSendReturns) {
  absl::StatusOr<Socket> socket = Socket::Open();
  ASSERT_TRUE(socket.ok()) << socket.status();
  std::vector<uint8_t> room(kMessageRoom);
  const nlmsghdr* message = StartMessage(room.data(), NFT_MSG_GETGEN, 0, Family::kIPv4, 77);
  ASSERT_TRUE(socket->Send({room.data(), message->nlmsg_len}).ok());
  const auto datagram = socket->Receive(milliseconds(0));
  ASSERT_TRUE(datagram.ok()) << datagram.status();
  size_t answers = 0;
  ForEachMessage(*datagram, [&](const nlmsghdr& answer) {
    EXPECT_EQ(answer.nlmsg_seq, 77u);
    ++answers;
  });
  EXPECT_EQ(answers, 1u);
}

TEST_F(SocketTest, SendsDatagramsOfAnySize) {
  Batch batch(0);
  for (int i = 0; i < 500'000; ++i) {
    PutString(batch.Start(NFT_MSG_NEWTABLE, NLM_F_CREATE, Family::kIPv4, 0), NFTA_TABLE_NAME, "t");
  }
  batch.Finish();
  EXPECT_GT(batch.bytes().size(), 14'000'000u);
  absl::StatusOr<Socket> socket = Socket::Open();
  ASSERT_TRUE(socket.ok()) << socket.status();
  const absl::Status sent = socket->Send(batch.bytes());
  EXPECT_TRUE(sent.ok()) << sent;
}

TEST_F(SocketTest, NumbersMessagesOnceEach) {
  absl::StatusOr<Socket> socket = Socket::Open();
  ASSERT_TRUE(socket.ok()) << socket.status();
  const uint32_t first = socket->TakeSequences(10);
  EXPECT_EQ(socket->TakeSequences(1), first + 10);
  EXPECT_EQ(socket->TakeSequences(1), first + 11);
}

TEST_F(SocketTest, KnowsWhenItHasDied) {
  kernel.reset();
  absl::StatusOr<Socket> socket = Socket::Open();
  ASSERT_TRUE(socket.ok()) << socket.status();
  EXPECT_TRUE(socket->usable());
  Break(FindNetfilterSocket());
  EXPECT_FALSE(socket->Send(std::vector<uint8_t>(16)).ok());
  EXPECT_FALSE(socket->usable());
}

TEST_F(SocketTest, TheKernelGetsAnotherWhenItHasDied) {
  const reconcile::Generation before = Now();
  Break(FindNetfilterSocket());
  EXPECT_FALSE(kernel->CurrentGeneration().ok());
  EXPECT_EQ(Now(), before);
}

}  // namespace
}  // namespace nftsvc::netlink
