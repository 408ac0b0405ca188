// SPDX-License-Identifier: Apache-2.0
#include "src/daemon/state_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "tests/control/temporary_directory.h"

namespace nftsvc::daemon {
namespace {

using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;
using Kind = StateDirectory::Kind;

class StateDirectoryTest : public ::testing::Test {
 protected:
  std::vector<std::string> Files() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(path_)) {
      names.push_back(entry.path().filename());
    }
    return names;
  }

  void WriteSnapshot(const StateDirectory& directory, uint64_t number, absl::string_view bytes) {
    StateDirectory::NewSnapshot snapshot(directory, number);
    ASSERT_TRUE(snapshot.Open().ok());
    ASSERT_TRUE(snapshot.Write(bytes).ok());
    ASSERT_TRUE(snapshot.Sync().ok());
    ASSERT_TRUE(snapshot.Install().ok());
  }

  testing::TemporaryDirectory parent_;
  std::string path_ = parent_ / "state";
};

TEST_F(StateDirectoryTest, IsMadeForItsOwnerOnly) {
  ASSERT_TRUE(StateDirectory::Open(path_).ok());
  struct stat found = {};
  ASSERT_EQ(stat(path_.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, mode_t{0700});
}

TEST_F(StateDirectoryTest, HasOneDaemonAtATime) {
  {
    const auto first = StateDirectory::Open(path_);
    ASSERT_TRUE(first.ok());
    EXPECT_EQ(
        StateDirectory::Open(path_).status(),
        absl::FailedPreconditionError(absl::StrCat("lock ", path_, ": another nftsvcd has it")));
  }
  EXPECT_TRUE(StateDirectory::Open(path_).ok());
}

TEST_F(StateDirectoryTest, NamesTheDirectoryThatCannotBeMade) {
  const std::string path = parent_ / "no/such/place";
  EXPECT_EQ(StateDirectory::Open(path).status().message(),
            absl::StrCat("make directory ", path, ": no such file or directory"));
}

TEST_F(StateDirectoryTest, FindsTheNumbersOfItsFilesInOrderAndNothingElse) {
  const auto directory = StateDirectory::Open(path_);
  ASSERT_TRUE(directory.ok());
  for (const char* name : {"snapshot-10", "snapshot-9", "journal-9", "snapshot-", "snapshot-x",
                           "snapshot-07", "snapshot-1.old", "new-snapshot", "other"}) {
    std::ofstream(absl::StrCat(path_, "/", name));
  }
  EXPECT_THAT(*directory->Numbers(Kind::kSnapshot), ElementsAre(9, 10));
  EXPECT_THAT(*directory->Numbers(Kind::kJournal), ElementsAre(9));
}

TEST_F(StateDirectoryTest, ASnapshotHasItsNameOnlyWhenItIsWhole) {
  const auto directory = StateDirectory::Open(path_);
  ASSERT_TRUE(directory.ok());
  {
    StateDirectory::NewSnapshot abandoned(*directory, 1);
    ASSERT_TRUE(abandoned.Open().ok());
    ASSERT_TRUE(abandoned.Write("half").ok());
    EXPECT_THAT(Files(), ElementsAre("new-snapshot"));
  }
  EXPECT_THAT(Files(), ElementsAre());
  StateDirectory::NewSnapshot whole(*directory, 2);
  ASSERT_TRUE(whole.Open().ok());
  ASSERT_TRUE(whole.Write("one ").ok());
  ASSERT_TRUE(whole.Write("two").ok());
  ASSERT_TRUE(whole.Sync().ok());
  ASSERT_TRUE(whole.Install().ok());
  EXPECT_THAT(Files(), ElementsAre("snapshot-2"));
  EXPECT_EQ(*directory->Read(Kind::kSnapshot, 2), "one two");
}

TEST_F(StateDirectoryTest, AJournalIsCutWhereItIsToGoOn) {
  const auto directory = StateDirectory::Open(path_);
  ASSERT_TRUE(directory.ok());
  {
    const auto journal = directory->OpenJournal(1, 0);
    ASSERT_TRUE(journal.ok());
    ASSERT_TRUE(WriteAt(*journal, "0123456789", 0, "journal").ok());
  }
  const auto journal = directory->OpenJournal(1, 4);
  ASSERT_TRUE(journal.ok());
  ASSERT_TRUE(WriteAt(*journal, "xy", 4, "journal").ok());
  EXPECT_EQ(*directory->Read(Kind::kJournal, 1), "0123xy");
}

TEST_F(StateDirectoryTest, KeepsTwoNumbersAndWhatIsNotItsOwn) {
  const auto directory = StateDirectory::Open(path_);
  ASSERT_TRUE(directory.ok());
  for (const uint64_t number : {1, 2, 3}) {
    WriteSnapshot(*directory, number, "x");
    ASSERT_TRUE(directory->OpenJournal(number, 0).ok());
  }
  std::ofstream(absl::StrCat(path_, "/notes"));
  directory->RemoveOthers(3, 2);
  EXPECT_THAT(Files(),
              UnorderedElementsAre("snapshot-2", "journal-2", "snapshot-3", "journal-3", "notes"));
}

TEST_F(StateDirectoryTest, NamesTheFileThatCannotBeRead) {
  const auto directory = StateDirectory::Open(path_);
  ASSERT_TRUE(directory.ok());
  EXPECT_EQ(directory->Read(Kind::kJournal, 5).status().message(),
            absl::StrCat("read ", path_, "/journal-5: no such file or directory"));
}

}  // namespace
}  // namespace nftsvc::daemon
