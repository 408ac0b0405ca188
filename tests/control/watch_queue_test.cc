// SPDX-License-Identifier: Apache-2.0
#include "src/control/watch_queue.h"

#include <gtest/gtest.h>

#include <vector>

#include "src/control/frame.h"

namespace nftsvc::control {
namespace {

v1::WatchEvent EventOfRevision(uint64_t revision) {
  v1::WatchEvent event;
  event.set_revision(revision);
  event.mutable_in_sync();
  return event;
}

std::optional<v1::Response> TakeFrom(WatchQueue& queue) {
  const std::optional<std::string> frame = queue.Next();
  if (!frame.has_value()) return std::nullopt;
  FrameDecoder decoder(size_t{1} << 20);
  EXPECT_TRUE(decoder.Append(*frame).ok());
  v1::Response response;
  EXPECT_TRUE(response.ParseFromString(decoder.Next().value_or("")));
  return response;
}

TEST(WatchQueueTest, GivesBackInOrderUnderTheIdOfTheRequest) {
  WatchQueue queue(7);
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(TakeFrom(queue), std::nullopt);
  queue.Add(EventOfRevision(1));
  queue.Add(EventOfRevision(2));
  EXPECT_FALSE(queue.empty());
  for (const uint64_t revision : {1, 2}) {
    const std::optional<v1::Response> response = TakeFrom(queue);
    ASSERT_TRUE(response.has_value());
    EXPECT_EQ(response->id(), 7u);
    EXPECT_EQ(response->watch().revision(), revision);
  }
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.bytes(), 0u);
}

// What was told and what was counted as missed are all that was added, in order, whenever the
// watcher reads.
TEST(WatchQueueTest, WhatIsLeftOutIsCountedWhereItWouldHaveStood) {
  for (const int read_meanwhile : {0, 1, 500}) {
    WatchQueue queue(1);
    constexpr uint64_t kAdded = 3'000;
    uint64_t told = 0;  // the last revision that is accounted for
    bool missed_some = false;
    const auto read = [&] {
      const std::optional<v1::Response> response = TakeFrom(queue);
      if (!response.has_value()) return false;
      const v1::WatchEvent& event = response->watch();
      if (event.has_missed()) {
        missed_some = true;
        told += event.missed().events();
        EXPECT_EQ(event.revision(), told);
      } else {
        EXPECT_EQ(event.revision(), ++told);
      }
      return true;
    };
    for (uint64_t revision = 1; revision <= kAdded; ++revision) {
      queue.Add(EventOfRevision(revision));
      if (revision % 2'000 == 0) {
        for (int i = 0; i < read_meanwhile; ++i) EXPECT_TRUE(read());
      }
    }
    EXPECT_LT(queue.bytes(), size_t{1} << 20);
    while (read()) {
    }
    EXPECT_EQ(told, kAdded);
    EXPECT_TRUE(missed_some);
  }
}

TEST(WatchQueueTest, BigEventsFillItSooner) {
  WatchQueue queue(1);
  v1::WatchEvent big;
  big.mutable_pushed()->add_service_changes(std::string(50'000, 'x'));
  for (int i = 0; i < 100; ++i) queue.Add(big);
  EXPECT_LT(queue.bytes(), size_t{200'000});
}

}  // namespace
}  // namespace nftsvc::control
