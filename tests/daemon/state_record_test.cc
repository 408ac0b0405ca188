// SPDX-License-Identifier: Apache-2.0
#include "src/daemon/state_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace nftsvc::daemon {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string FileOf(const std::vector<std::string>& payloads) {
  std::string file;
  for (const std::string& payload : payloads) AppendRecord(payload, file);
  return file;
}

std::vector<std::string> PayloadsIn(const std::string& file) {
  std::vector<std::string> payloads;
  RecordReader reader(file);
  while (const auto payload = reader.Next()) payloads.emplace_back(*payload);
  return payloads;
}

TEST(StateRecordTest, RecordsComeBackAsTheyWereWritten) {
  const std::string binary("\0\xff\n", 3);
  const std::string file = FileOf({"one", binary, std::string(100'000, 'x')});
  EXPECT_THAT(PayloadsIn(file), ElementsAre("one", binary, std::string(100'000, 'x')));
  RecordReader reader(file);
  while (reader.Next()) continue;
  EXPECT_TRUE(reader.AtEnd());
}

TEST(StateRecordTest, TheLayoutIsLengthChecksumPayload) {
  // As Python's zlib.crc32(b"\x01\0\0\0a") says: 0xc1f78f63.
  EXPECT_EQ(FileOf({"a"}), std::string("\x01\0\0\0\x63\x8f\xf7\xc1", 8) + "a");
}

TEST(StateRecordTest, AFileCutAnywhereGivesTheRecordsThatAreWhole) {
  const std::string file = FileOf({"one", "two"});
  const size_t first = FileOf({"one"}).size();
  for (size_t size = 0; size < file.size(); ++size) {
    const std::string cut = file.substr(0, size);
    EXPECT_EQ(PayloadsIn(cut).size(), size < first ? 0u : 1u) << size;
    RecordReader reader(cut);
    while (reader.Next()) continue;
    EXPECT_EQ(reader.offset(), size < first ? 0u : first) << size;
    EXPECT_EQ(reader.AtEnd(), size == 0 || size == first) << size;
  }
}

TEST(StateRecordTest, ABitThatFlipsAnywhereIsNoticed) {
  const std::string file = FileOf({"payload"});
  for (size_t bit = 0; bit < 8 * file.size(); ++bit) {
    std::string damaged = file;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_THAT(PayloadsIn(damaged), IsEmpty()) << bit;
  }
}

TEST(StateRecordTest, ZerosAreNoRecord) {
  EXPECT_THAT(PayloadsIn(FileOf({"one"}) + std::string(4096, '\0')), ElementsAre("one"));
}

TEST(StateRecordTest, AHugeLengthIsNoRecord) {
  EXPECT_THAT(PayloadsIn("\xff\xff\xff\xff" + std::string(100, 'x')), IsEmpty());
}

}  // namespace
}  // namespace nftsvc::daemon
