// SPDX-License-Identifier: Apache-2.0
#include "src/daemon/state_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

#include "absl/time/clock.h"
#include "tests/daemon/full_disk.h"
#include "tests/daemon/state_story.h"
#include "tests/support/random.h"

namespace {

// So many calls of fdatasync(2) fail, as when a disk is broken.
std::atomic<int> failing_syncs = 0;

}  // namespace

// In the place of libc's.
extern "C" int fdatasync(int fd) {
  int failing = failing_syncs;
  while (failing > 0 && !failing_syncs.compare_exchange_weak(failing, failing - 1)) continue;
  if (failing == 0) return static_cast<int>(syscall(SYS_fdatasync, fd));
  errno = EIO;
  return -1;
}

namespace nftsvc::daemon {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class StateFileTest : public ::testing::Test {
 protected:
  std::vector<std::string> Files() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(story_.path())) {
      names.push_back(entry.path().filename());
    }
    return names;
  }

  StateStory story_;
};

TEST_F(StateFileTest, ANewDirectoryHoldsNothing) {
  EXPECT_EQ(story_.Load(), "");
  EXPECT_TRUE(story_.status.ok()) << story_.status;
  EXPECT_EQ(story_.revision, 0u);
  EXPECT_THAT(story_.log, IsEmpty());
}

TEST_F(StateFileTest, EveryRevisionThatWasSavedIsFoundAgain) {
  story_.Load();
  const std::vector<std::pair<std::string, int>> pushes = {{"default/web", 2}, {"default/api", 1},
                                                           {"default/web", 3}, {"default/api", 0},
                                                           {"default/web", 0}, {"default/new", 1}};
  for (const auto& [name, endpoints] : pushes) {
    ASSERT_TRUE(story_.Push(name, endpoints).ok());
    const uint64_t saved = story_.revision;
    EXPECT_EQ(story_.Load(), story_.known[saved]) << saved;
    EXPECT_EQ(story_.revision, saved);
  }
  EXPECT_THAT(story_.log, IsEmpty());
}

TEST_F(StateFileTest, OnePushAfterTheFirstGoesIntoTheJournal) {
  story_.Load();
  ASSERT_TRUE(story_.Push("default/web", 2).ok());
  EXPECT_THAT(Files(), ElementsAre("snapshot-1"));
  ASSERT_TRUE(story_.Push("default/web", 3).ok());
  ASSERT_TRUE(story_.Push("default/api", 1).ok());
  EXPECT_THAT(Files(), UnorderedElementsAre("snapshot-1", "journal-1"));
}

TEST_F(StateFileTest, AfterARestartTheJournalGoesOn) {
  story_.Load();
  for (int i = 1; i <= 3; ++i) ASSERT_TRUE(story_.Push("default/web", i).ok());
  story_.Load();
  ASSERT_TRUE(story_.Push("default/web", 4).ok());
  EXPECT_THAT(Files(), UnorderedElementsAre("snapshot-1", "journal-1"));
  EXPECT_EQ(story_.Load(), story_.known[4]);
}

TEST_F(StateFileTest, APushOfManyServicesIsWrittenAsASnapshotAndTheOneBeforeIsKept) {
  story_.Load();
  ASSERT_TRUE(story_.Push("default/web", 1).ok());
  ASSERT_TRUE(story_.Push("default/web", 2).ok());
  ASSERT_TRUE(story_.PushMany(1'500).ok());
  EXPECT_THAT(Files(), UnorderedElementsAre("snapshot-1", "journal-1", "snapshot-2"));
  ASSERT_TRUE(story_.PushMany(1'400).ok());
  EXPECT_THAT(Files(), UnorderedElementsAre("snapshot-2", "snapshot-3"));
  EXPECT_EQ(story_.Load(), story_.known[4]);
}

TEST_F(StateFileTest, WhatTheKernelDidNotTakeLeavesNothing) {
  story_.Load();
  ASSERT_TRUE(story_.Push("default/web", 1).ok());
  const std::vector<model::ServiceChange> changes = story_.ManyChanges(1'500);
  story_.snapshot.Apply(changes);
  story_.file->Begin(2, changes, story_.snapshot);
  story_.file->Abandon();
  story_.snapshot.Apply(model::Reversed(changes));
  EXPECT_THAT(Files(), ElementsAre("snapshot-1"));
  ASSERT_TRUE(story_.PushMany(1'200).ok());
  EXPECT_EQ(story_.Load(), story_.known[2]);
}

TEST_F(StateFileTest, WhatWasBegunForAnotherRevisionIsNotTaken) {
  story_.Load();
  const std::vector<model::ServiceChange> changes = story_.ManyChanges(1'500);
  model::Snapshot other;
  other.Apply(changes);
  story_.file->Begin(7, changes, other);
  ASSERT_TRUE(story_.file->Save(1, {}, story_.snapshot).ok());
  EXPECT_EQ(story_.Load(), "");
  EXPECT_EQ(story_.revision, 1u);
}

TEST_F(StateFileTest, AJournalThatHasOutgrownItsSnapshotIsFolded) {
  story_.Load();
  ASSERT_TRUE(story_.Push("default/web", 1).ok());
  const std::string before = story_.ReadFile("snapshot-1");
  int pushes = 0;
  while (story_.ReadFile("snapshot-2").empty() && pushes < 5'000) {
    ASSERT_TRUE(story_.Push("default/web", 1 + ++pushes % 100).ok());
  }
  EXPECT_GT(pushes, 100);
  EXPECT_LT(pushes, 5'000);
  EXPECT_EQ(story_.Load(), story_.known.back());
  EXPECT_THAT(story_.log, IsEmpty());
}

// Through the journal and through a snapshot file.
TEST_F(StateFileTest, WhoBroughtAServiceIsKept) {
  story_.Load();
  const auto upsert = [&](const std::string& name, const std::string& source) {
    model::ServiceChange change = story_.Upsert(name, 1);
    model::Service service = *change.after;
    service.source = source;
    change.after = std::make_shared<const model::Service>(std::move(service));
    return change;
  };
  ASSERT_TRUE(story_.Save({upsert("default/a", "files/x.json")}).ok());  // the first snapshot file
  ASSERT_TRUE(
      story_
          .Save({upsert("default/b", ""), upsert("default/c", "dns"), upsert("default/d", "dns"),
                 upsert("default/e", ""), upsert("default/f", "files/x.json")})
          .ok());
  ASSERT_TRUE(story_.Save({upsert("default/a", "dns")}).ok());
  const auto sources = [&] {
    std::string text;
    for (const auto& [name, service] : story_.snapshot.services()) {
      absl::StrAppend(&text, name.ToString(), "=", service->source.view(), " ");
    }
    return text;
  };
  const std::string saved = sources();
  EXPECT_EQ(
      saved,
      "default/a=dns default/b= default/c=dns default/d=dns default/e= default/f=files/x.json ");
  story_.Load();
  EXPECT_EQ(sources(), saved);
  ASSERT_TRUE(story_.PushMany(2'000).ok());
  const std::string with_many = sources();
  story_.Load();
  EXPECT_EQ(sources(), with_many);
}

TEST_F(StateFileTest, TwoDaemonsDoNotShareADirectory) {
  story_.Load();
  EXPECT_EQ(StateFile::Open(story_.path(), {}).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST_F(StateFileTest, WhatAFullDiskDidNotTakeIsWrittenWithTheNextPush) {
  story_.Load();
  ASSERT_TRUE(story_.Push("default/web", 1).ok());
  ASSERT_TRUE(story_.Push("default/web", 2).ok());
  const size_t size = story_.ReadFile("journal-1").size();
  for (size_t room = 0; room < 3; ++room) {
    const FullDisk full(size + room);
    const absl::Status status = story_.Push("default/web", 3 + static_cast<int>(room));
    EXPECT_THAT(std::string(status.message()), HasSubstr("journal-1: file too large"));
  }
  ASSERT_TRUE(story_.Push("default/api", 1).ok());
  EXPECT_EQ(story_.Load(), story_.known[6]);
  EXPECT_EQ(story_.revision, 6u);
  EXPECT_THAT(story_.log, IsEmpty());
}

TEST_F(StateFileTest, WhatAFullDiskDidNotTakeCanBeTriedAgainWithoutAPush) {
  story_.Load();
  ASSERT_TRUE(story_.Push("default/web", 1).ok());
  ASSERT_TRUE(story_.Push("default/web", 2).ok());
  const auto again = [this] { return story_.file->Save(story_.revision, {}, story_.snapshot); };
  {
    const FullDisk full(story_.ReadFile("journal-1").size() + 1);
    EXPECT_FALSE(story_.Push("default/web", 3).ok());
    EXPECT_FALSE(again().ok());
  }
  ASSERT_TRUE(again().ok());
  const std::string journal = story_.ReadFile("journal-1");
  ASSERT_TRUE(again().ok());
  EXPECT_EQ(story_.ReadFile("journal-1"), journal) << "there is nothing left to write";
  EXPECT_EQ(story_.Load(), story_.known[3]);
  EXPECT_EQ(story_.revision, 3u);
  EXPECT_THAT(story_.log, IsEmpty());
}

TEST_F(StateFileTest, APushThatAFullDiskTookInPartIsLeftOutAfterARestart) {
  story_.Load();
  ASSERT_TRUE(story_.Push("default/web", 1).ok());
  ASSERT_TRUE(story_.Push("default/web", 2).ok());
  {
    const FullDisk full(story_.ReadFile("journal-1").size() + 20);
    EXPECT_FALSE(story_.Push("default/web", 3).ok());
  }
  EXPECT_EQ(story_.Load(), story_.known[2]);
  EXPECT_THAT(story_.log, ElementsAre(HasSubstr("left out the last 20 of ")));
  // And the place is good for other pushes.
  ASSERT_TRUE(story_.Push("default/api", 1).ok());
  story_.log.clear();
  EXPECT_EQ(story_.Load(), story_.known[3]);
  EXPECT_THAT(story_.log, IsEmpty());
}

TEST_F(StateFileTest, ASnapshotThatAFullDiskDidNotTakeLeavesTheOldOneAndIsTriedAgain) {
  story_.Load();
  ASSERT_TRUE(story_.Push("default/web", 1).ok());
  {
    const FullDisk full(10'000);
    EXPECT_FALSE(story_.PushMany(1'500).ok());
    EXPECT_THAT(Files(), ElementsAre("snapshot-1"));
  }
  ASSERT_TRUE(story_.Push("default/web", 2).ok());
  EXPECT_EQ(story_.Load(), story_.known[3]);
}

TEST_F(StateFileTest, ChangesNotWrittenAreNotKeptInMindWithoutEnd) {
  story_.Load();
  ASSERT_TRUE(story_.PushMany(900).ok());
  {
    const FullDisk full(0);
    for (int push = 0; push < 60; ++push) EXPECT_FALSE(story_.PushMany(900 - push).ok());
  }
  ASSERT_TRUE(story_.Push("default/web", 1).ok());
  EXPECT_EQ(story_.Load(), story_.known.back());
}

TEST_F(StateFileTest, APowerLossCannotTakeWhatIsSynced) {
  story_.Load();
  EXPECT_FALSE(story_.file->IsUnsynced());
  ASSERT_TRUE(story_.Push("default/web", 1).ok());
  EXPECT_FALSE(story_.file->IsUnsynced()) << "a snapshot is synced by Save";
  ASSERT_TRUE(story_.Push("default/web", 2).ok());
  EXPECT_TRUE(story_.file->IsUnsynced());
  ASSERT_TRUE(story_.file->Sync().ok());
  EXPECT_FALSE(story_.file->IsUnsynced());
}

TEST_F(StateFileTest, IsUnsyncedUntilItIsKnownThatTheDiskHasIt) {
  story_.Load();
  ASSERT_TRUE(story_.Push("default/web", 1).ok());
  ASSERT_TRUE(story_.Push("default/web", 2).ok());
  ASSERT_TRUE(story_.file->BeginSync().ok());
  EXPECT_TRUE(story_.file->IsUnsynced());
  ASSERT_TRUE(story_.Push("default/web", 3).ok());
  // A snapshot puts another journal in the place of the one that is being synced.
  ASSERT_TRUE(story_.PushMany(1'100).ok());
  ASSERT_TRUE(story_.Push("default/web", 4).ok());
  const absl::Time deadline = absl::Now() + absl::Seconds(60);
  while (story_.file->IsUnsynced() && absl::Now() < deadline) {
    ASSERT_TRUE(story_.file->BeginSync().ok());
  }
  EXPECT_FALSE(story_.file->IsUnsynced());
  EXPECT_EQ(story_.Load(), story_.known.back());
}

TEST_F(StateFileTest, IsNotSyncedWhileTheFilesLackTheState) {
  story_.Load();
  ASSERT_TRUE(story_.Push("default/web", 1).ok());
  ASSERT_TRUE(story_.Push("default/web", 2).ok());
  {
    const FullDisk full(story_.ReadFile("journal-1").size() + 1);
    EXPECT_FALSE(story_.Push("default/web", 3).ok());
    EXPECT_FALSE(story_.file->Sync().ok());
  }
  EXPECT_FALSE(story_.file->Sync().ok()) << "the room alone does not write it";
  ASSERT_TRUE(story_.file->Save(story_.revision, {}, story_.snapshot).ok());
  EXPECT_TRUE(story_.file->Sync().ok());
}

TEST_F(StateFileTest, WhatTheDiskDidNotTakeInTheEndIsWrittenAsASnapshot) {
  story_.Load();
  ASSERT_TRUE(story_.Push("default/web", 1).ok());
  ASSERT_TRUE(story_.Push("default/web", 2).ok());
  failing_syncs = 1;
  EXPECT_FALSE(story_.file->Sync().ok());
  EXPECT_EQ(failing_syncs, 0);
  EXPECT_FALSE(story_.file->Sync().ok()) << "the kernel says it once only";
  ASSERT_TRUE(story_.file->Save(story_.revision, {}, story_.snapshot).ok());
  EXPECT_TRUE(story_.file->Sync().ok());
  EXPECT_THAT(Files(), UnorderedElementsAre("snapshot-1", "journal-1", "snapshot-2"));
  EXPECT_EQ(story_.Load(), story_.known[2]);
}

TEST_F(StateFileTest, KillNineLosesNothingThatWasAcknowledged) {
  for (uint64_t round = 0; round < 20; ++round) {
    StateStory story;
    int acknowledged[2];
    ASSERT_EQ(pipe(acknowledged), 0);
    const pid_t writer = fork();
    if (writer == 0) {
      testing::Random random(round);
      story.Load();
      for (int push = 1;; ++push) {
        const absl::Status status =
            random.OneIn(40) ? story.PushMany(1'100) : story.Push("default/web", 1 + push % 50);
        if (!status.ok() || write(acknowledged[1], &story.revision, 8) != 8) _exit(1);
      }
    }
    close(acknowledged[1]);
    // Somewhere in the middle of what it does then.
    const uint64_t enough = 1 + testing::Random(round).Below(40);
    uint64_t last = 0;
    while (last < enough && read(acknowledged[0], &last, 8) == 8) continue;
    kill(writer, SIGKILL);
    int status = 0;
    ASSERT_EQ(waitpid(writer, &status, 0), writer);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the writer ended by itself in round " << round;
    for (uint64_t more; read(acknowledged[0], &more, 8) == 8;) last = more;
    close(acknowledged[0]);
    story.Load();
    ASSERT_TRUE(story.status.ok()) << story.status;
    EXPECT_GE(story.revision, last) << round;
    EXPECT_LE(story.revision, last + 1) << round;
  }
}

}  // namespace
}  // namespace nftsvc::daemon
