// SPDX-License-Identifier: Apache-2.0
#include "src/daemon/snapshot_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/control/temporary_directory.h"

namespace nftsvc::daemon {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class SnapshotWriterTest : public ::testing::Test {
 protected:
  std::vector<std::string> Files() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(place_.path())) {
      names.push_back(entry.path().filename());
    }
    return names;
  }

  // 3,000 services with an endpoint each.
  void AddMany() {
    std::vector<model::ServiceChange> changes;
    for (int i = 0; i < 3'000; ++i) {
      model::Service service;
      service.name = {.name_space = "default", .name = absl::StrCat("web-", i)};
      service.source = "test";
      service.ports.emplace_back().endpoints.emplace_back().name = "web";
      changes.push_back({.name = service.name,
                         .before = nullptr,
                         .after = std::make_shared<const model::Service>(service)});
    }
    snapshot_.Apply(changes);
  }

  testing::TemporaryDirectory place_;
  StateDirectory directory_ = *StateDirectory::Open(place_.path());
  model::Snapshot snapshot_;
};

TEST_F(SnapshotWriterTest, TheFileHasItsNameAndItsSizeOnceItIsInstalled) {
  SnapshotWriter writer(directory_, 3, 9, snapshot_);
  const absl::StatusOr<size_t> size = writer.Install();
  ASSERT_TRUE(size.ok()) << size.status();
  EXPECT_THAT(Files(), ElementsAre("snapshot-3"));
  EXPECT_EQ(*size, std::filesystem::file_size(place_.path() + "/snapshot-3"));
}

// As the loop does: it looks at services, and shares them and their texts.
TEST_F(SnapshotWriterTest, OthersMayReadTheSnapshotMeanwhile) {
  AddMany();
  SnapshotWriter writer(directory_, 3, 9, snapshot_);
  std::vector<model::Endpoint> endpoints;
  for (const auto& [name, service] : snapshot_.services()) {
    const model::ServicePtr shared = service;
    endpoints.push_back(shared->ports.front().endpoints.front());
  }
  EXPECT_EQ(endpoints.size(), 3'000u);
  EXPECT_TRUE(writer.Install().ok());
}

TEST_F(SnapshotWriterTest, WhatIsNotInstalledIsRemoved) {
  { const SnapshotWriter writer(directory_, 3, 9, snapshot_); }
  EXPECT_THAT(Files(), IsEmpty());
}

// Else a push that the kernel refuses would wait for the disk.
TEST_F(SnapshotWriterTest, WhatNobodyWantsIsNotWrittenToItsEnd) {
  AddMany();
  for (int i = 0; i < 20; ++i) SnapshotWriter(directory_, 3, 9, snapshot_);
  EXPECT_THAT(Files(), IsEmpty());
}

TEST_F(SnapshotWriterTest, AFailureOfTheThreadIsToldByInstall) {
  std::filesystem::create_directory(place_.path() + "/new-snapshot");
  SnapshotWriter writer(directory_, 3, 9, snapshot_);
  EXPECT_THAT(writer.Install().status().message(), HasSubstr("/new-snapshot: is a directory"));
}

}  // namespace
}  // namespace nftsvc::daemon
