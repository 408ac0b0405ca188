// SPDX-License-Identifier: Apache-2.0
#include "src/control/peer.h"

#include <grp.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include "src/control/unix_address.h"
#include "tests/control/temporary_directory.h"

namespace nftsvc::control {
namespace {

TEST(PeerTest, APairOfOurOwnIsWeOurselves) {
  std::array<int, 2> ends;
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
  const UniqueFd one(ends[0]), other(ends[1]);
  const absl::StatusOr<Peer> peer = PeerOf(one);
  ASSERT_TRUE(peer.ok()) << peer.status();
  EXPECT_EQ(peer->pid, getpid());
  EXPECT_EQ(peer->uid, geteuid());
  EXPECT_EQ(peer->gid, getegid());
  std::vector<gid_t> groups(static_cast<size_t>(getgroups(0, nullptr)));
  ASSERT_GE(getgroups(static_cast<int>(groups.size()), groups.data()), 0);
  EXPECT_EQ(peer->groups, groups);
}

// More groups than a first guess has room for, and another user.
TEST(PeerTest, ItIsWhoConnectedWithAllItsGroups) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can be others";
  const testing::TemporaryDirectory directory;
  const std::string path = directory / "socket";
  const UniqueFd listener(socket(AF_UNIX, SOCK_STREAM, 0));
  const UnixAddress address = *UnixAddress::Of(path);
  ASSERT_EQ(bind(listener.get(), address.get(), address.size()), 0);
  ASSERT_EQ(listen(listener.get(), 1), 0);
  const UniqueFd client(socket(AF_UNIX, SOCK_STREAM, 0));

  std::vector<gid_t> groups(1'000);
  for (size_t i = 0; i < groups.size(); ++i) groups[i] = static_cast<gid_t>(5'000 + i);
  const pid_t child = fork();
  if (child == 0) {
    const bool connected = setgroups(groups.size(), groups.data()) == 0 && setgid(4'000) == 0 &&
                           setegid(4'000) == 0 &&
                           connect(client.get(), address.get(), address.size()) == 0;
    _exit(connected ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_EQ(status, 0);
  const UniqueFd accepted(accept(listener.get(), nullptr, nullptr));
  const absl::StatusOr<Peer> peer = PeerOf(accepted);
  ASSERT_TRUE(peer.ok()) << peer.status();
  EXPECT_EQ(peer->pid, child);
  EXPECT_EQ(peer->gid, gid_t{4'000});
  EXPECT_EQ(peer->groups, groups);
}

TEST(PeerTest, WhatIsNoSocketHasNone) {
  std::array<int, 2> ends;
  ASSERT_EQ(pipe(ends.data()), 0);
  const UniqueFd one(ends[0]), other(ends[1]);
  EXPECT_FALSE(PeerOf(one).ok());
}

}  // namespace
}  // namespace nftsvc::control
