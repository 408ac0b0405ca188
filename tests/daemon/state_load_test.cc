// SPDX-License-Identifier: Apache-2.0
#include "src/daemon/state_load.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "absl/strings/match.h"
#include "nftsvc/v1/state.pb.h"
#include "src/daemon/state_record.h"
#include "tests/daemon/state_story.h"

// Files that are not as they were written: cut, damaged, missing.
namespace nftsvc::daemon {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

class StateLoadTest : public ::testing::Test {
 protected:
  // snapshot-1 with journal-1, snapshot-2 with journal-2: revisions 1 to 3, and 4 to 6.
  void SetUp() override {
    story_.Load();
    ASSERT_TRUE(story_.Push("default/web", 1).ok());
    ASSERT_TRUE(story_.Push("default/web", 2).ok());
    ASSERT_TRUE(story_.Push("default/api", 1).ok());
    BeginSnapshot();
    ASSERT_TRUE(story_.Push("default/web", 3).ok());
    ASSERT_TRUE(story_.Push("default/api", 0).ok());
  }

  // Of a revision that changes nothing. The daemon begins one for a thousand changes only, which
  // would make the files too big to be cut at every byte.
  void BeginSnapshot() {
    WriteSnapshotByHand(2, story_.revision + 1);
    story_.known.push_back(story_.known.back());
    story_.Load();
    ASSERT_EQ(story_.revision, 4u);
  }

  void WriteSnapshotByHand(int number, uint64_t revision) {
    std::string bytes(kSnapshotMagic);
    v1::StateHeader header;
    header.set_revision(revision);
    header.set_services(story_.snapshot.services().size());
    AppendRecord(header.SerializeAsString(), bytes);
    for (const auto& [name, service] : story_.snapshot.services()) {
      AppendRecord(wire::EncodeService(*service).SerializeAsString(), bytes);
    }
    story_.WriteFile(absl::StrCat("snapshot-", number), bytes);
  }

  // Loads, and says which revision that is. Fails unless it looks as that revision did.
  uint64_t LoadedRevision() {
    const std::string loaded = story_.Load();
    EXPECT_TRUE(story_.status.ok()) << story_.status;
    EXPECT_LT(story_.revision, story_.known.size());
    EXPECT_EQ(loaded, story_.known[story_.revision]) << "a mix at revision " << story_.revision;
    return story_.revision;
  }

  StateStory story_;
};

TEST_F(StateLoadTest, TheFilesAreAsTheTestsBelowExpect) {
  EXPECT_EQ(LoadedRevision(), 6u);
  EXPECT_THAT(story_.log, IsEmpty());
  for (const char* name : {"snapshot-1", "journal-1", "snapshot-2", "journal-2"}) {
    EXPECT_GT(story_.ReadFile(name).size(), 10u) << name;
  }
}

// As after a daemon that somebody else ran by hand, or when there is no memory.
TEST_F(StateLoadTest, WhatIsThereButCannotBeReadStopsTheStartAndStays) {
  for (const char* name : {"snapshot-1", "journal-1", "snapshot-2", "journal-2"}) {
    SCOPED_TRACE(name);
    const std::filesystem::path file = std::filesystem::path(story_.path()) / name;
    const std::string bytes = story_.ReadFile(name);
    std::filesystem::remove(file);
    std::filesystem::create_directory(file);
    story_.Load();
    const bool is_needed = absl::EndsWith(name, "-2");
    EXPECT_EQ(story_.status.ok(), !is_needed) << story_.status;
    if (is_needed) {
      EXPECT_THAT(story_.status.message(), HasSubstr("stay as they are"));
    }
    std::filesystem::remove(file);
    story_.WriteFile(name, bytes);
    EXPECT_EQ(LoadedRevision(), 6u);
  }
}

TEST_F(StateLoadTest, AJournalCutAnywhereGivesARevisionThatWas) {
  const std::string journal = story_.ReadFile("journal-2");
  uint64_t last = 4;
  for (size_t size = 0; size <= journal.size(); ++size) {
    story_.WriteFile("journal-2", journal.substr(0, size));
    const uint64_t revision = LoadedRevision();
    EXPECT_GE(revision, last) << size;
    last = revision;
  }
  EXPECT_EQ(last, 6u);
}

TEST_F(StateLoadTest, ASnapshotCutAnywhereIsPassedOverForTheOneBefore) {
  const std::string snapshot = story_.ReadFile("snapshot-2");
  for (size_t size = 0; size < snapshot.size(); ++size) {
    story_.WriteFile("snapshot-2", snapshot.substr(0, size));
    story_.log.clear();
    EXPECT_EQ(LoadedRevision(), 3u) << size;
    EXPECT_THAT(story_.log, Contains(HasSubstr("passing over it for the one before"))) << size;
  }
}

TEST_F(StateLoadTest, AByteDamagedInAnyFileGivesARevisionThatWas) {
  for (const char* name : {"snapshot-1", "journal-1", "snapshot-2", "journal-2"}) {
    const std::string good = story_.ReadFile(name);
    for (size_t offset = 0; offset < good.size(); ++offset) {
      std::string damaged = good;
      damaged[offset] = static_cast<char>(damaged[offset] ^ 0x41);
      story_.WriteFile(name, damaged);
      EXPECT_GE(LoadedRevision(), absl::EndsWith(name, "-1") ? 6u : 3u) << name << " " << offset;
    }
    story_.WriteFile(name, good);
  }
}

TEST_F(StateLoadTest, ZerosThatAPowerLossLeavesAtTheEndAreLeftOut) {
  story_.WriteFile("journal-2", story_.ReadFile("journal-2") + std::string(5'000, '\0'));
  EXPECT_EQ(LoadedRevision(), 6u);
  EXPECT_THAT(story_.log, ElementsAre(HasSubstr("left out the last 5000 of ")));
}

TEST_F(StateLoadTest, BytesBehindTheLastServiceMakeASnapshotBad) {
  story_.WriteFile("snapshot-2", story_.ReadFile("snapshot-2") + "x");
  EXPECT_EQ(LoadedRevision(), 3u);
  EXPECT_THAT(story_.log, Contains(HasSubstr("snapshot-2: more follows its last service")));
}

TEST_F(StateLoadTest, ABadSnapshotLosesNothingIfTheJournalsJoinUp) {
  // A snapshot that begins where journal-1 ends, as one has that was made because the journal grew.
  story_.WriteFile("snapshot-2", "");
  std::string journal(kJournalMagic);
  for (const uint64_t revision : {4, 5}) {
    v1::StateChange change;
    change.set_base_revision(revision - 1);
    change.set_revision(revision);
    AppendRecord(change.SerializeAsString(), journal);
  }
  story_.WriteFile("journal-2", journal);
  story_.known[4] = story_.known[5] = story_.known[3];
  EXPECT_EQ(LoadedRevision(), 5u);
}

TEST_F(StateLoadTest, AfterPassingOverASnapshotANewOneIsBegunWithTheNextPush) {
  story_.WriteFile("snapshot-2", "");
  EXPECT_EQ(LoadedRevision(), 3u);
  ASSERT_TRUE(story_.Push("default/new", 1).ok());
  EXPECT_TRUE(std::filesystem::exists(story_.FilePath("snapshot-3")));
  EXPECT_TRUE(std::filesystem::exists(story_.FilePath("snapshot-1"))) << "the one that is good";
  story_.log.clear();
  EXPECT_EQ(LoadedRevision(), 4u);
  EXPECT_THAT(story_.log, IsEmpty());
}

TEST_F(StateLoadTest, WithoutAnySnapshotThatIsWholeItRefusesRatherThanStartEmpty) {
  story_.WriteFile("snapshot-1", "x");
  story_.WriteFile("snapshot-2", "x");
  story_.Load();
  EXPECT_EQ(story_.status, absl::DataLossError(absl::StrCat(
                               "read state: no snapshot in ", story_.path(),
                               " is whole; what the kernel holds "
                               "stays. To start without services, move the files away")));
}

TEST_F(StateLoadTest, AJournalWithoutAnySnapshotIsNoNewDirectory) {
  std::filesystem::remove(story_.FilePath("snapshot-1"));
  std::filesystem::remove(story_.FilePath("snapshot-2"));
  story_.Load();
  EXPECT_EQ(story_.status.code(), absl::StatusCode::kDataLoss);
}

TEST_F(StateLoadTest, AFileOfAnotherVersionIsSaidToBeOne) {
  std::string other = story_.ReadFile("snapshot-2");
  other[7] = '9';
  story_.WriteFile("snapshot-2", other);
  EXPECT_EQ(LoadedRevision(), 3u);
  EXPECT_THAT(story_.log, Contains(HasSubstr("snapshot-2: not a snapshot of this version")));
}

TEST_F(StateLoadTest, AServiceThatThisVersionRefusesIsLeftOutAndNamed) {
  std::string bytes(kSnapshotMagic);
  v1::StateHeader header;
  header.set_revision(9);
  header.set_services(2);
  AppendRecord(header.SerializeAsString(), bytes);
  v1::Service bad = wire::EncodeService(*story_.Upsert("default/bad", 1).after);
  bad.mutable_ports(0)->set_port(0);
  AppendRecord(bad.SerializeAsString(), bytes);
  AppendRecord(wire::EncodeService(*story_.Upsert("default/good", 1).after).SerializeAsString(),
               bytes);
  story_.WriteFile("snapshot-3", bytes);
  story_.Load();
  ASSERT_TRUE(story_.status.ok());
  EXPECT_EQ(story_.revision, 9u);
  EXPECT_EQ(story_.snapshot.services().size(), 1u);
  EXPECT_THAT(story_.log,
              Contains(StartsWith("read state: left out default/bad: services[0].ports[0].port")));
}

}  // namespace
}  // namespace nftsvc::daemon
