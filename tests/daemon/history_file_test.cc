// SPDX-License-Identifier: Apache-2.0
#include "src/daemon/history_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "src/model/validate.h"
#include "tests/daemon/full_disk.h"
#include "tests/daemon/state_story.h"
#include "tests/support/random.h"

namespace nftsvc::daemon {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// A state directory with a history, and what every revision looked like.
class HistoryFileTest : public ::testing::Test {
 protected:
  void SetUp() override { Load(); }

  // As a daemon does at its start.
  void Load(size_t keep = 5) {
    history_.reset();
    story_.Load();
    ASSERT_TRUE(story_.status.ok()) << story_.status;
    history_.emplace(
        *story_.file, keep, [this] { return now_; },
        [this](base::Severity, absl::string_view line) { log_.emplace_back(line); });
    ASSERT_EQ(history_->Load(story_.revision), absl::OkStatus());
  }

  absl::Status Save(const std::vector<model::ServiceChange>& changes) {
    story_.snapshot.Apply(changes);
    ++story_.revision;
    story_.known.resize(story_.revision + 1);
    story_.known[story_.revision] = StateStory::Print(story_.snapshot);
    return history_->Save(story_.revision, changes, story_.snapshot);
  }

  absl::Status Push(const std::string& name, int count) {
    return Save({count == 0 ? testing::Remove(story_.snapshot, name) : story_.Upsert(name, count)});
  }

  // A push that takes what is there by turns away and gives it another number of endpoints.
  void PushSomething(testing::Random& random) {
    std::vector<model::ServiceChange> changes;
    for (int i = 0; i < 6; ++i) {
      if (random.OneIn(2)) continue;
      const std::string name = absl::StrCat("ns/s", i);
      const bool exists = story_.snapshot.Find(testing::Name(name)) != nullptr;
      if (exists && random.OneIn(3)) {
        changes.push_back(testing::Remove(story_.snapshot, name));
      } else {
        changes.push_back(story_.Upsert(name, 1 + static_cast<int>(random.Below(4))));
      }
    }
    if (changes.empty())
      changes.push_back(story_.Upsert("ns/s0", 5 + static_cast<int>(random.Below(5))));
    ASSERT_TRUE(Save(changes).ok());
  }

  // The snapshot that an undo makes of the present one; empty if there is none.
  std::string Undone(uint64_t revision) const {
    const absl::StatusOr<control::Undo> undo = history_->UndoTo(revision);
    if (!undo.ok()) return std::string(undo.status().message());
    model::Validator validator(story_.snapshot, model::Validator::Scope::kDelta,
                               model::Validator::Refuse::kAll);
    for (const auto& [name, before] : *undo) {
      if (before.service) {
        validator.Upsert(wire::DecodeService(*before.service), name,
                         base::SharedText(before.source));
      } else if (story_.snapshot.Find(testing::Name(name)) != nullptr) {
        validator.Remove(name, name);
      }
    }
    const model::Validation validation = std::move(validator).Finish();
    EXPECT_THAT(validation.issues, IsEmpty());
    model::Snapshot snapshot = story_.snapshot;
    snapshot.Apply(validation.changes);
    return StateStory::Print(snapshot);
  }

  size_t CountFiles(const std::string& prefix) const {
    size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(story_.path())) {
      if (entry.path().filename().string().starts_with(prefix)) ++count;
    }
    return count;
  }

  void ExpectToConfirmWithin(absl::Duration within) {
    history_->Expect(control::Author{
        .action = "push", .peer = {.pid = 12, .uid = 7, .gid = 0}, .confirm_within = within});
  }

  StateStory story_;
  absl::Time now_ = absl::UnixEpoch() + absl::Hours(1);
  std::vector<std::string> log_;
  std::optional<HistoryFile> history_;
};

TEST_F(HistoryFileTest, EveryRevisionThatIsKeptComesBackExactly) {
  testing::Random random(1);
  for (int round = 0; round < 60; ++round) {
    PushSomething(random);
    if (random.OneIn(5)) Load();
    const uint64_t current = story_.revision;
    for (uint64_t revision = current < 5 ? 0 : current - 5; revision <= current; ++revision) {
      ASSERT_EQ(Undone(revision), story_.known[revision]) << current << " to " << revision;
    }
    ASSERT_LE(CountFiles("undo-"), 6u);
  }
  EXPECT_TRUE(absl::IsNotFound(history_->UndoTo(story_.revision - 7).status()));
  EXPECT_TRUE(absl::IsNotFound(history_->UndoTo(story_.revision + 1).status()));
  EXPECT_THAT(log_, IsEmpty());
}

TEST_F(HistoryFileTest, EntriesSayWhoDidWhat) {
  history_->Expect(control::Author{.action = "delta", .peer = {.pid = 12, .uid = 7, .gid = 0}});
  ASSERT_TRUE(Push("ns/a", 1).ok());
  history_->Expect(std::nullopt);
  ASSERT_TRUE(Push("ns/b", 1).ok());
  ASSERT_TRUE(Push("ns/a", 2).ok());
  ASSERT_TRUE(Push("ns/b", 0).ok());
  Load();
  const std::vector<v1::HistoryEntry> entries = history_->Entries();
  ASSERT_THAT(entries, SizeIs(4));
  EXPECT_EQ(entries[3].ShortDebugString(),
            "revision: 1 time: \"1970-01-01T01:00:00+00:00\" action: \"delta\" pid: 12 uid: 7 "
            "services_added: 1 services: 1");
  EXPECT_EQ(entries[2].action(), "daemon");
  EXPECT_EQ(entries[2].pid(), static_cast<uint32_t>(getpid()));
  EXPECT_EQ(entries[1].services_changed(), 1u);
  EXPECT_EQ(entries[0].services_removed(), 1u);
  EXPECT_EQ(entries[0].revision(), 4u);
}

TEST_F(HistoryFileTest, KeepingNoneLeavesThePresentOne) {
  Load(0);
  for (int i = 1; i < 9; ++i) ASSERT_TRUE(Push("ns/a", i).ok());
  EXPECT_THAT(history_->Entries(), SizeIs(1));
  EXPECT_EQ(CountFiles("undo-"), 1u);
}

TEST_F(HistoryFileTest, ADamagedFileCutsTheHistoryThereAndNoFurther) {
  for (int i = 1; i < 6; ++i) ASSERT_TRUE(Push("ns/a", i).ok());
  std::string bytes = story_.ReadFile("undo-3");
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  story_.WriteFile("undo-3", bytes);
  Load();
  EXPECT_EQ(Undone(3), story_.known[3]);
  EXPECT_TRUE(absl::IsNotFound(history_->UndoTo(2).status()));
  EXPECT_THAT(log_, ElementsAre(HasSubstr("undo-3: damaged")));
  EXPECT_EQ(CountFiles("undo-"), 2u);
}

TEST_F(HistoryFileTest, WhatTheStateDoesNotKnowIsForgotten) {
  for (int i = 1; i < 4; ++i) ASSERT_TRUE(Push("ns/a", i).ok());
  const std::string undo = story_.ReadFile("undo-3");
  story_.WriteFile("undo-4", undo);
  story_.WriteFile("undo-400", undo);
  Load();
  EXPECT_EQ(CountFiles("undo-"), 3u);
  EXPECT_EQ(Undone(0), story_.known[0]);
}

TEST_F(HistoryFileTest, WhatCannotBeWrittenIsKeptInMindAndWrittenLater) {
  ASSERT_TRUE(Push("ns/a", 1).ok());
  // A folder in its place: not even root can write that file.
  std::filesystem::create_directory(story_.FilePath("undo-2"));
  EXPECT_FALSE(Push("ns/a", 2).ok());
  EXPECT_EQ(Undone(1), story_.known[1]);
  std::filesystem::remove(story_.FilePath("undo-2"));
  EXPECT_TRUE(history_->Save(story_.revision, {}, story_.snapshot).ok());
  Load();
  EXPECT_EQ(story_.revision, 2u);
  EXPECT_EQ(Undone(1), story_.known[1]);
}

TEST_F(HistoryFileTest, APushThatWaitsIsKnownAfterARestart) {
  ASSERT_TRUE(Push("ns/a", 1).ok());
  ExpectToConfirmWithin(absl::Seconds(30));
  ASSERT_TRUE(Push("ns/a", 2).ok());
  Load();
  ASSERT_TRUE(history_->pending());
  EXPECT_EQ(history_->pending()->revision, 2u);
  EXPECT_EQ(history_->pending()->base_revision, 1u);
  EXPECT_EQ(history_->pending()->until, now_ + absl::Seconds(30));
  EXPECT_EQ(history_->pending()->within, absl::Seconds(30));
  EXPECT_TRUE(history_->Settle().ok());
  EXPECT_FALSE(history_->pending());
  Load();
  EXPECT_FALSE(history_->pending());
}

TEST_F(HistoryFileTest, APushThatTheStateLacksIsNotSettled) {
  ASSERT_TRUE(Push("default/web", 1).ok());
  ExpectToConfirmWithin(absl::Seconds(30));
  ASSERT_TRUE(Push("default/web", 2).ok());
  {
    // There is room for what undoes it, and not for its record.
    const FullDisk full(story_.ReadFile("journal-1").size() + 1);
    EXPECT_FALSE(Push("default/web", 3).ok());
  }
  EXPECT_FALSE(history_->Settle().ok());
  EXPECT_TRUE(history_->pending());
  ASSERT_TRUE(history_->Save(story_.revision, {}, story_.snapshot).ok());
  EXPECT_TRUE(history_->Settle().ok());
  EXPECT_FALSE(history_->pending());
}

TEST_F(HistoryFileTest, OnlyWhatTheStateKnowsWaits) {
  ExpectToConfirmWithin(absl::Seconds(30));
  ASSERT_TRUE(Push("ns/a", 1).ok());
  ASSERT_EQ(history_->Load(0), absl::OkStatus());
  EXPECT_FALSE(history_->pending()) << "the push was lost";
  EXPECT_EQ(CountFiles("unconfirmed"), 0u);
}

TEST_F(HistoryFileTest, ARollbackThatWasNotNotedAnyMoreEndsTheWaitingToo) {
  ExpectToConfirmWithin(absl::Seconds(30));
  ASSERT_TRUE(Push("ns/a", 1).ok());
  history_->Expect(control::Author{.action = "rollback to 0", .peer = {}, .settles = true});
  ASSERT_TRUE(Push("ns/a", 0).ok());
  Load();
  EXPECT_FALSE(history_->pending());
}

TEST_F(HistoryFileTest, APushThatWaitsCanBeUndoneHoweverFewAreKept) {
  Load(0);
  ASSERT_TRUE(Push("ns/a", 1).ok());
  ExpectToConfirmWithin(absl::Seconds(30));
  ASSERT_TRUE(Push("ns/a", 2).ok());
  history_->Expect(std::nullopt);
  for (int i = 3; i < 6; ++i) ASSERT_TRUE(Push("ns/a", i).ok());
  EXPECT_EQ(Undone(1), story_.known[1]);
  Load(0);
  EXPECT_TRUE(history_->pending());
  EXPECT_EQ(Undone(1), story_.known[1]);
}

// As after a daemon that somebody else ran by hand, or when there is no memory.
TEST_F(HistoryFileTest, WhatIsThereButCannotBeReadStopsTheStartAndStays) {
  ASSERT_TRUE(Push("default/web", 1).ok());
  ExpectToConfirmWithin(absl::Seconds(30));
  ASSERT_TRUE(Push("default/web", 2).ok());
  for (const char* name : {"unconfirmed", "undo-2"}) {
    const std::filesystem::path file = std::filesystem::path(story_.path()) / name;
    const std::string bytes = story_.ReadFile(name);
    std::filesystem::remove(file);
    std::filesystem::create_directory(file);
    EXPECT_FALSE(history_->Load(2).ok()) << name;
    EXPECT_TRUE(std::filesystem::exists(file));
    std::filesystem::remove(file);
    story_.WriteFile(name, bytes);
  }
  ASSERT_EQ(history_->Load(2), absl::OkStatus());
  EXPECT_TRUE(history_->pending());
}

TEST_F(HistoryFileTest, ADamagedNoteOfWaitingIsSaidAndForgotten) {
  ASSERT_TRUE(Push("ns/a", 1).ok());
  for (const char* bytes : {"", "nftsvcC1", "garbage"}) {
    story_.WriteFile("unconfirmed", bytes);
    log_.clear();
    Load();
    EXPECT_FALSE(history_->pending());
    EXPECT_THAT(log_, ElementsAre(HasSubstr("unconfirmed: damaged")));
  }
}

}  // namespace
}  // namespace nftsvc::daemon
