// SPDX-License-Identifier: Apache-2.0
#include "src/daemon/undo_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/builders.h"

namespace nftsvc::daemon {
namespace {

using ::testing::SizeIs;

std::vector<model::ServiceChange> ThreeChanges() {
  model::Service other = testing::WebAt({"10.0.0.2:80"});
  other.source = "controller";
  other.name = testing::Name("default/other");
  other.cluster_ips = {testing::Ip("10.96.0.2")};
  const model::Snapshot before = testing::SnapshotOf({testing::WebAt({"10.0.0.2:80"}), other});
  model::Service added = other;
  added.name = testing::Name("default/added");
  added.cluster_ips = {testing::Ip("10.96.0.3")};
  return {testing::Upsert(before, added), testing::Remove(before, "default/other"),
          testing::Upsert(before, testing::WebAt({"10.0.0.9:80"}))};
}

std::string Bytes() {
  v1::UndoHeader header;
  header.set_revision(7);
  return EncodeUndo(header, ThreeChanges());
}

TEST(UndoFileTest, WhatIsDecodedIsWhatUndoesTheChanges) {
  const absl::StatusOr<DecodedUndo> undo = DecodeUndo(Bytes());
  ASSERT_TRUE(undo.ok()) << undo.status();
  EXPECT_EQ(undo->header.revision(), 7u);
  EXPECT_EQ(undo->header.changes(), 3u);
  const control::Undo expected = UndoOf(ThreeChanges());
  ASSERT_THAT(undo->services, SizeIs(3));
  for (const auto& [name, before] : expected) {
    ASSERT_TRUE(undo->services.contains(name)) << name;
    const auto& found = undo->services.at(name);
    EXPECT_EQ(found.source, before.source) << name;
    ASSERT_EQ(found.service.has_value(), before.service.has_value()) << name;
    if (before.service) {
      EXPECT_EQ(found.service->SerializeAsString(), before.service->SerializeAsString());
    }
  }
  EXPECT_FALSE(expected.at("default/added").service);
  EXPECT_TRUE(expected.at("default/other").service);
  EXPECT_EQ(CheckUndo(Bytes())->SerializeAsString(), undo->header.SerializeAsString());
}

TEST(UndoFileTest, WhatIsCutOffAnywhereIsNotWhole) {
  const std::string bytes = Bytes();
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_TRUE(absl::IsDataLoss(DecodeUndo(bytes.substr(0, size)).status())) << size;
  }
  EXPECT_FALSE(DecodeUndo(bytes + "x").ok());
}

TEST(UndoFileTest, ABitThatFlippedAnywhereIsFound) {
  const std::string bytes = Bytes();
  for (size_t i = 0; i < 8 * bytes.size(); ++i) {
    std::string damaged = bytes;
    damaged[i / 8] = static_cast<char>(damaged[i / 8] ^ (1 << i % 8));
    EXPECT_FALSE(DecodeUndo(damaged).ok()) << i;
    EXPECT_FALSE(CheckUndo(damaged).ok()) << i;
  }
}

}  // namespace
}  // namespace nftsvc::daemon
