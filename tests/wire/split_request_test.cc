// SPDX-License-Identifier: Apache-2.0
#include "src/wire/split_request.h"

#include <random>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "src/wire/serialize.h"
#include "src/wire/snapshot_codec.h"
#include "tests/wire/random_snapshot.h"
#include "tests/wire/story.h"

namespace nftsvc::wire {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// The services put back to where they came from.
std::string Joined(SplitRequest split) {
  v1::Request& request = split.request;
  for (const absl::string_view bytes : split.services) {
    v1::Service& service = request.has_push()
                               ? *request.mutable_push()->mutable_snapshot()->add_services()
                               : *request.mutable_delta()->add_upsert();
    EXPECT_TRUE(service.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
  }
  return Serialize(request);
}

// Whether splitting and joining `bytes` gives what parsing gives.
void ExpectLaw(const std::string& bytes) {
  v1::Request parsed;
  const bool is_request = parsed.ParseFromString(bytes);
  const absl::StatusOr<SplitRequest> split = SplitServices(bytes);
  ASSERT_EQ(split.ok(), is_request) << split.status();
  if (!is_request) return;
  EXPECT_EQ(Joined(*split), Serialize(parsed));
}

v1::Request Push(const v1::Snapshot& snapshot) {
  v1::Request request;
  request.set_id(7);
  *request.mutable_push()->mutable_snapshot() = snapshot;
  request.mutable_push()->set_accept_valid(true);
  return request;
}

v1::Request Delta(const v1::Snapshot& snapshot) {
  v1::Request request;
  request.set_id(8);
  *request.mutable_delta()->mutable_upsert() = snapshot.services();
  request.mutable_delta()->add_remove("default/old");
  return request;
}

TEST(SplitRequestTest, TakesTheServicesOutOfAPush) {
  v1::Snapshot snapshot;
  snapshot.add_services()->set_name("a");
  snapshot.add_services()->set_name("b");
  const std::string bytes = Serialize(Push(snapshot));
  const absl::StatusOr<SplitRequest> split = SplitServices(bytes);
  ASSERT_TRUE(split.ok()) << split.status();
  EXPECT_EQ(split->request.id(), 7u);
  EXPECT_TRUE(split->request.push().accept_valid());
  EXPECT_TRUE(split->request.push().has_snapshot());
  EXPECT_EQ(split->request.push().snapshot().services_size(), 0);
  EXPECT_THAT(split->services, ElementsAre("\x12\x01"
                                           "a",
                                           "\x12\x01"
                                           "b"));
}

TEST(SplitRequestTest, TakesTheServicesOutOfADelta) {
  v1::Snapshot snapshot;
  snapshot.add_services()->set_name("a");
  const std::string bytes = Serialize(Delta(snapshot));
  const absl::StatusOr<SplitRequest> split = SplitServices(bytes);
  ASSERT_TRUE(split.ok()) << split.status();
  EXPECT_EQ(split->request.delta().upsert_size(), 0);
  EXPECT_EQ(split->request.delta().remove(0), "default/old");
  EXPECT_THAT(split->services, ElementsAre("\x12\x01"
                                           "a"));
}

TEST(SplitRequestTest, LeavesOtherRequestsAlone) {
  v1::Request request;
  request.mutable_get()->set_service("default/web");
  const std::string bytes = Serialize(request);
  const absl::StatusOr<SplitRequest> split = SplitServices(bytes);
  ASSERT_TRUE(split.ok()) << split.status();
  EXPECT_EQ(Serialize(split->request), bytes);
  EXPECT_THAT(split->services, IsEmpty());
}

TEST(SplitRequestTest, JoiningGivesWhatParsingGives) {
  for (uint32_t seed = 0; seed < 200; ++seed) {
    RandomSnapshot random(seed);
    ExpectLaw(Serialize(Push(random.Next())));
    ExpectLaw(Serialize(Delta(random.Next())));
  }
}

// Concatenated messages are merged, and the last operation of a oneof wins.
TEST(SplitRequestTest, MergesAsParsingDoes) {
  RandomSnapshot random(1);
  const std::string push = Serialize(Push(random.Next()));
  const std::string other_push = Serialize(Push(random.Next()));
  const std::string delta = Serialize(Delta(random.Next()));
  v1::Request get;
  get.mutable_get();
  ExpectLaw(push + other_push);
  ExpectLaw(push + delta);
  ExpectLaw(push + delta + other_push);
  ExpectLaw(delta + push + delta + delta);
  ExpectLaw(push + Serialize(get));
  ExpectLaw(push + Serialize(get) + other_push);
}

TEST(SplitRequestTest, KeepsUnknownFields) {
  RandomSnapshot random(1);
  v1::Request request = Push(random.Next());
  const auto fields = [](google::protobuf::Message& message) {
    return message.GetReflection()->MutableUnknownFields(&message);
  };
  fields(request)->AddVarint(99, 1);
  fields(*request.mutable_push())->AddFixed32(99, 1);
  fields(*request.mutable_push()->mutable_snapshot())->AddFixed64(99, 1);
  fields(*request.mutable_push()->mutable_snapshot())->AddLengthDelimited(97)->assign("x");
  fields(*request.mutable_push())->AddVarint(1, 1);  // the snapshot's number, another type
  ExpectLaw(Serialize(request));
}

// proto3 has none, and nobody should be able to hide millions of fields in one.
TEST(SplitRequestTest, RefusesGroups) {
  v1::Request request = Push({});
  request.GetReflection()->MutableUnknownFields(&request)->AddGroup(98)->AddVarint(1, 1);
  EXPECT_FALSE(SplitServices(Serialize(request)).ok());
}

TEST(SplitRequestTest, RefusesMoreThanAnyRequestNeeds) {
  v1::Request request;
  request.mutable_list()->add_services(std::string(5 << 20, 'x'));
  EXPECT_EQ(SplitServices(Serialize(request)).status(),
            absl::InvalidArgumentError("more than any Request needs"));
  request = {};
  for (int i = 0; i < 202'000; ++i) request.mutable_delta()->add_remove("");
  EXPECT_EQ(SplitServices(Serialize(request)).status(),
            absl::InvalidArgumentError("more than any Request needs"));
}

TEST(SplitRequestTest, RefusesWhatParsingRefuses) {
  RandomSnapshot random(3);
  const std::string bytes = Serialize(Push(random.Next()));
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_EQ(SplitServices(bytes.substr(0, size)).ok(),
              v1::Request().ParseFromString(bytes.substr(0, size)))
        << size;
  }
  EXPECT_EQ(SplitServices("\xff").status(),
            absl::InvalidArgumentError("not a protobuf Request, or not UTF-8 in a string of it"));
}

TEST(SplitRequestTest, SurvivesDamage) {
  RandomSnapshot snapshots(3);
  const std::string bytes = Serialize(Push(snapshots.Next()));
  std::mt19937 random(1);
  size_t accepted = 0;
  for (int i = 0; i < 5'000; ++i) {
    std::string damaged = bytes;
    for (int k = 0; k < 2; ++k) damaged[random() % damaged.size()] = static_cast<char>(random());
    const absl::StatusOr<SplitRequest> split = SplitServices(damaged);
    if (!split.ok()) continue;
    ++accepted;
    for (const absl::string_view service : split->services) DecodeServiceBytes(service);
  }
  EXPECT_GT(accepted, 0u);
}

TEST(SplitRequestTest, SurvivesNestedGroups) {
  std::string bytes;
  for (int i = 0; i < 1'000'000; ++i) bytes += "\xa3\x06";
  EXPECT_FALSE(SplitServices(bytes).ok());
}

TEST(SplitRequestTest, BoundsTheNumberOfServices) {
  std::string snapshot;
  for (int i = 0; i < 300'000; ++i) snapshot += std::string("\x0a\x00", 2);
  v1::Request request;
  ASSERT_TRUE(request.mutable_push()->mutable_snapshot()->ParseFromString(snapshot));
  const std::string bytes = Serialize(request);
  const absl::StatusOr<SplitRequest> split = SplitServices(bytes);
  ASSERT_TRUE(split.ok()) << split.status();
  EXPECT_EQ(split->services.size(), 200'001u);
}

}  // namespace
}  // namespace nftsvc::wire
