// SPDX-License-Identifier: Apache-2.0
#include "src/wire/plain_delta.h"

#include <string>

#include "gtest/gtest.h"
#include "nftsvc/v1/control.pb.h"

namespace nftsvc::wire {
namespace {

v1::Request Delta() {
  v1::Request request;
  request.set_id(300);
  request.mutable_delta()->add_upsert()->set_name("web");
  request.mutable_delta()->add_remove("default/old");
  request.mutable_delta()->set_source("dns");
  return request;
}

bool IsPlain(const v1::Request& request) { return IsPlainDelta(request.SerializeAsString()); }

TEST(PlainDeltaTest, ADeltaOfChangesIsPlain) {
  EXPECT_TRUE(IsPlain(Delta()));
  v1::Request empty;
  empty.mutable_delta();
  EXPECT_TRUE(IsPlain(empty));
}

TEST(PlainDeltaTest, OneThatAsksForMoreIsNot) {
  v1::Request request = Delta();
  request.mutable_delta()->set_base_revision(1);
  EXPECT_FALSE(IsPlain(request));
  request = Delta();
  request.mutable_delta()->set_dry_run(true);
  EXPECT_FALSE(IsPlain(request));
  request = Delta();
  request.mutable_delta()->set_want_changes(true);
  EXPECT_FALSE(IsPlain(request));
}

TEST(PlainDeltaTest, NoOtherRequestIs) {
  v1::Request request;
  EXPECT_FALSE(IsPlain(request));
  request.mutable_push()->mutable_snapshot();
  EXPECT_FALSE(IsPlain(request));
  request.mutable_status();
  EXPECT_FALSE(IsPlain(request));
}

// The last operation of a oneof counts, and equal ones are merged: SplitServices tells what that
// is.
TEST(PlainDeltaTest, NorAreSeveralOperations) {
  const std::string delta = Delta().SerializeAsString();
  v1::Request status;
  status.mutable_status();
  EXPECT_FALSE(IsPlainDelta(delta + status.SerializeAsString()));
  EXPECT_FALSE(IsPlainDelta(status.SerializeAsString() + delta));
  EXPECT_FALSE(IsPlainDelta(delta + delta));
}

TEST(PlainDeltaTest, NorIsWhatIsNoMessage) {
  const std::string delta = Delta().SerializeAsString();
  for (size_t size = 1; size < delta.size(); ++size) {
    v1::Request request;
    const std::string part = delta.substr(0, size);
    EXPECT_LE(IsPlainDelta(part), request.ParseFromString(part)) << size;
  }
}

TEST(PlainDeltaTest, NorIsABigOne) {
  v1::Request request = Delta();
  request.mutable_delta()->mutable_upsert(0)->set_name(std::string(kMostPlainBytes, 'x'));
  EXPECT_FALSE(IsPlain(request));
}

}  // namespace
}  // namespace nftsvc::wire
