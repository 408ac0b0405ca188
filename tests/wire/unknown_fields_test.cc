// SPDX-License-Identifier: Apache-2.0
#include "src/wire/unknown_fields.h"

#include <google/protobuf/unknown_field_set.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nftsvc/v1/control.pb.h"
#include "tests/wire/story.h"

namespace nftsvc::wire {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

google::protobuf::UnknownFieldSet& FieldsOf(google::protobuf::Message& message) {
  return *message.GetReflection()->MutableUnknownFields(&message);
}

TEST(UnknownFieldsTest, AMessageOfThisVersionHasNone) {
  v1::PushRequest message;
  message.set_dry_run(true);
  EXPECT_THAT(UnknownFields(message, "push"), IsEmpty());
}

TEST(UnknownFieldsTest, NamesEachNumberOnceInOrder) {
  v1::PushRequest message;
  FieldsOf(message).AddVarint(900, 1);
  FieldsOf(message).AddLengthDelimited(77)->assign("x");
  FieldsOf(message).AddFixed64(900, 1);
  EXPECT_THAT(Printed(UnknownFields(message, "push")),
              ElementsAre("push: field 77 is unknown to this version",
                          "push: field 900 is unknown to this version"));
}

TEST(UnknownFieldsTest, CountsTheRestOfVeryMany) {
  v1::PushRequest message;
  for (int number = 100; number < 115; ++number) FieldsOf(message).AddVarint(number, 0);
  const model::Issues issues = UnknownFields(message, "push");
  ASSERT_EQ(issues.size(), 11u);
  EXPECT_EQ(issues[9].ToString(), "push: field 109 is unknown to this version");
  EXPECT_EQ(issues[10].ToString(), "push: 5 more fields are unknown to this version");
}

TEST(UnknownFieldsTest, DoesNotLookIntoMessagesWithin) {
  v1::PushRequest message;
  FieldsOf(*message.mutable_snapshot()).AddVarint(77, 1);
  EXPECT_THAT(UnknownFields(message, "push"), IsEmpty());
}

}  // namespace
}  // namespace nftsvc::wire
