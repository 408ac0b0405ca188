// SPDX-License-Identifier: Apache-2.0
#include "src/daemon/background_sync.h"

#include <gtest/gtest.h>

#include <future>
#include <thread>

namespace nftsvc::daemon {
namespace {

TEST(BackgroundSyncTest, HasNothingToSayBeforeItWasBegun) {
  BackgroundSync sync;
  EXPECT_FALSE(sync.is_begun());
  EXPECT_FALSE(sync.is_running());
  EXPECT_EQ(sync.Take(), absl::OkStatus());
}

TEST(BackgroundSyncTest, RunsMeanwhileAndTellsItsOutcomeOnce) {
  BackgroundSync sync;
  std::promise<void> disk;
  sync.Begin([wait = disk.get_future().share()] {
    wait.wait();
    return absl::UnavailableError("no disk");
  });
  EXPECT_TRUE(sync.is_begun());
  EXPECT_TRUE(sync.is_running());
  disk.set_value();
  EXPECT_EQ(sync.Take(), absl::UnavailableError("no disk"));
  EXPECT_FALSE(sync.is_begun());
  EXPECT_EQ(sync.Take(), absl::OkStatus());
}

TEST(BackgroundSyncTest, EndsByItself) {
  BackgroundSync sync;
  sync.Begin([] { return absl::OkStatus(); });
  while (sync.is_running()) std::this_thread::yield();
  EXPECT_TRUE(sync.is_begun());
  EXPECT_EQ(sync.Take(), absl::OkStatus());
}

}  // namespace
}  // namespace nftsvc::daemon
