// SPDX-License-Identifier: Apache-2.0
#include "src/control/respond.h"

#include <gtest/gtest.h>

namespace nftsvc::control {
namespace {

TEST(RespondTest, AFailureOfTheWorldIsNotTheClientsFaultNorOurs) {
  v1::Response response;
  Fail(absl::PermissionDeniedError("commit: operation not permitted"), response);
  EXPECT_EQ(response.error().code(), v1::Error::UNAVAILABLE);
  EXPECT_EQ(response.error().message(), "commit: operation not permitted");
}

TEST(RespondTest, WhatTheKernelCallsInvalidIsOurBug) {
  v1::Response response;
  Fail(absl::InternalError("commit: add rule: invalid argument"), response);
  EXPECT_EQ(response.error().code(), v1::Error::INTERNAL);
}

TEST(RespondTest, MistakesAreListedAndCounted) {
  v1::Response response;
  Refuse({{"services[3].ports[0].port", "0 is not a port", "default/web"}}, 2, response);
  EXPECT_EQ(response.error().code(), v1::Error::INVALID);
  EXPECT_EQ(response.error().message(), "3 mistakes");
  ASSERT_EQ(response.error().issues_size(), 1);
  EXPECT_EQ(response.error().issues(0).path(), "services[3].ports[0].port");
  EXPECT_EQ(response.error().issues(0).message(), "0 is not a port");
  EXPECT_EQ(response.error().issues(0).service(), "default/web");
  EXPECT_EQ(response.error().issues_left_off(), 2u);
}

TEST(RespondTest, AKnownRequestIsNotRefused) {
  v1::Request request;
  request.set_id(1);
  request.mutable_push()->mutable_snapshot()->add_services()->set_name("web");
  v1::Response response;
  EXPECT_FALSE(RefuseUnknownFields(request, response));
  EXPECT_FALSE(response.has_error());
}

TEST(RespondTest, FieldsOfANewerVersionAreNamedWhereverTheyAre) {
  v1::Request request;
  v1::PushRequest& push = *request.mutable_push();
  request.GetReflection()->MutableUnknownFields(&request)->AddVarint(100, 1);
  push.GetReflection()->MutableUnknownFields(&push)->AddVarint(101, 1);
  v1::Snapshot& snapshot = *push.mutable_snapshot();
  snapshot.GetReflection()->MutableUnknownFields(&snapshot)->AddVarint(102, 1);
  v1::Response response;
  ASSERT_TRUE(RefuseUnknownFields(request, response));
  EXPECT_EQ(response.error().code(), v1::Error::INVALID);
  ASSERT_EQ(response.error().issues_size(), 3);
  EXPECT_EQ(response.error().issues(0).path(), "request");
  EXPECT_EQ(response.error().issues(0).message(), "field 100 is unknown to this version");
  EXPECT_EQ(response.error().issues(1).path(), "push");
  EXPECT_EQ(response.error().issues(1).message(), "field 101 is unknown to this version");
  EXPECT_EQ(response.error().issues(2).path(), "snapshot");
  EXPECT_EQ(response.error().issues(2).message(), "field 102 is unknown to this version");
}

TEST(RespondTest, AnOperationOfANewerVersionIsNamedByItsNumber) {
  v1::Request request;
  request.GetReflection()->MutableUnknownFields(&request)->AddLengthDelimited(50, "");
  v1::Response response;
  ASSERT_TRUE(RefuseUnknownFields(request, response));
  EXPECT_EQ(response.error().issues(0).message(), "field 50 is unknown to this version");
}

}  // namespace
}  // namespace nftsvc::control
