// SPDX-License-Identifier: Apache-2.0
#include "src/wire/service_bytes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "nftsvc/v1/snapshot.pb.h"
#include "src/wire/serialize.h"
#include "src/wire/shape.h"
#include "tests/wire/story.h"

namespace nftsvc::wire {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(FingerprintTest, TellsBytesApart) {
  // XXH3_128bits of nothing, as its specification has it.
  EXPECT_EQ(FingerprintOf(""),
            (Fingerprint{.low = 0x6001c324468d497f, .high = 0x99aa06d3014798d8}));
  EXPECT_EQ(FingerprintOf("web"), FingerprintOf("web"));
  EXPECT_NE(FingerprintOf("web"), FingerprintOf("wfb"));
}

TEST(NameInTest, IsTheNameThatADecodedServiceHas) {
  v1::Service message;
  message.set_namespace_("default");
  message.set_name("web");
  message.add_ports()->set_name("http");
  std::string bytes = message.SerializeAsString();
  EXPECT_EQ(NameIn(bytes), (model::ServiceName{.name_space = "default", .name = "web"}));
  bytes += "\x12\x03two";  // the last one counts
  const model::ServiceDraft draft = DecodeServiceBytes(bytes);
  EXPECT_EQ(NameIn(bytes),
            (model::ServiceName{.name_space = draft.name_space, .name = draft.name}));
  EXPECT_EQ(draft.name, "two");
}

TEST(NameInTest, OfWhatIsNoServiceIsAnything) {
  NameIn("\x12\x05web");
  EXPECT_EQ(NameIn(""), model::ServiceName());
}

TEST(DecodeServiceBytesTest, DecodesWhatDecodeServiceDoes) {
  v1::Service message;
  message.set_name("web");
  message.add_ports()->set_port(80);
  const model::ServiceDraft draft = DecodeServiceBytes(Serialize(message));
  EXPECT_EQ(draft.name, "web");
  EXPECT_EQ(draft.ports.at(0).port, 80u);
  EXPECT_THAT(Printed(draft.issues), IsEmpty());
}

// The model says what is too much in them, as of what comes as text.
TEST(DecodeServiceBytesTest, FewBytesAreDecodedWhateverTheyAskFor) {
  v1::Service service;
  v1::Port& port = *service.add_ports();
  for (int i = 0; i < 1'500; ++i) port.add_endpoints();
  const model::ServiceDraft draft = DecodeServiceBytes(service.SerializeAsString());
  ASSERT_EQ(draft.ports.size(), 1u);
  EXPECT_EQ(draft.ports.front().endpoints.size(), 1'500u);
  EXPECT_EQ(draft.issues.size(), 0u);
}

// Or EndpointsIn could be made to stop before them.
TEST(DecodeServiceBytesTest, FewBytesAreDecodedOnlyIfTheirEndpointsCanBeCounted) {
  v1::Service service;
  service.add_ports()->add_endpoints();
  const std::string bytes =
      std::string("\x92\x80\x80\x80\x10\x03web", 9) + service.SerializeAsString();
  const model::ServiceDraft draft = DecodeServiceBytes(bytes);
  EXPECT_EQ(draft.ports.size(), 0u);
  ASSERT_EQ(draft.issues.size(), 1u);
  EXPECT_EQ(draft.issues.front().message, kNoMessage);
}

TEST(DecodeServiceBytesTest, WhatIsNoServiceIsAnIssueOfIt) {
  for (const char* bytes : {"\x12\x05web", "\x12\x01\xff"}) {
    EXPECT_THAT(Printed(DecodeServiceBytes(bytes).issues),
                ElementsAre("is not a protobuf Service, or not UTF-8 in a string of it"));
  }
}

}  // namespace
}  // namespace nftsvc::wire
