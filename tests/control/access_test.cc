// SPDX-License-Identifier: Apache-2.0
#include "src/control/access.h"

#include <gtest/gtest.h>

namespace nftsvc::control {
namespace {

const Peer kAlice = {.pid = 1, .uid = 1000, .gid = 100, .groups = {4, 27}};

TEST(AccessTest, APeerIsKnownByItsUserAndAnyOfItsGroups) {
  EXPECT_TRUE((Principals{.users = {1000}, .groups = {}}.Include(kAlice)));
  EXPECT_TRUE((Principals{.users = {}, .groups = {100}}.Include(kAlice)));
  EXPECT_TRUE((Principals{.users = {}, .groups = {27}}.Include(kAlice)));
  EXPECT_FALSE((Principals{.users = {100, 4, 27}, .groups = {1000}}.Include(kAlice)));
  EXPECT_FALSE(Principals().Include(kAlice));
}

TEST(AccessTest, WithoutAWordAllMayDoAll) {
  EXPECT_TRUE(Access().MayWrite(kAlice));
  EXPECT_TRUE(Access().MayRead(kAlice));
}

TEST(AccessTest, WritersAloneKeepNobodyFromReading) {
  const Access access = {.writers = Principals{.users = {7}, .groups = {}}, .readers = {}};
  EXPECT_FALSE(access.MayWrite(kAlice));
  EXPECT_TRUE(access.MayRead(kAlice));
}

TEST(AccessTest, WithReadersAloneNobodyWrites) {
  const Access access = {.writers = {}, .readers = Principals{.users = {1000}, .groups = {}}};
  EXPECT_FALSE(access.MayWrite(kAlice));
  EXPECT_TRUE(access.MayRead(kAlice));
  EXPECT_FALSE(access.MayRead({.pid = 1, .uid = 7, .gid = 7}));
}

TEST(AccessTest, WritersMayRead) {
  const Access access = {.writers = Principals{.users = {1000}, .groups = {}},
                         .readers = Principals{.users = {7}, .groups = {}}};
  EXPECT_TRUE(access.MayWrite(kAlice));
  EXPECT_TRUE(access.MayRead(kAlice));
}

}  // namespace
}  // namespace nftsvc::control
