// SPDX-License-Identifier: Apache-2.0
#include "src/wire/serialize.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "nftsvc/v1/snapshot.pb.h"

namespace nftsvc::wire {
namespace {

v1::Snapshot WithLabels(int first, int step) {
  v1::Snapshot message;
  auto& labels = *message.add_services()->mutable_labels();
  for (int i = 0, k = first; i < 64; ++i, k = (k + step) % 64) labels[absl::StrCat("k", k)] = "v";
  return message;
}

TEST(SerializeTest, EqualMessagesGiveEqualBytesWhateverTheOrderOfTheirMapEntries) {
  const std::string bytes = Serialize(WithLabels(0, 1));
  EXPECT_EQ(Serialize(WithLabels(5, 3)), bytes);
  EXPECT_EQ(Serialize(WithLabels(63, 63)), bytes);
}

TEST(SerializeTest, TheBytesParseBack) {
  v1::Snapshot message;
  ASSERT_TRUE(message.ParseFromString(Serialize(WithLabels(0, 1))));
  ASSERT_EQ(message.services_size(), 1);
  EXPECT_EQ(message.services(0).labels_size(), 64);
}

TEST(SerializeTest, AnEmptyMessageIsNoBytes) { EXPECT_EQ(Serialize(v1::Snapshot()), ""); }

}  // namespace
}  // namespace nftsvc::wire
