// SPDX-License-Identifier: Apache-2.0
#include "src/wire/textproto.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "nftsvc/v1/snapshot.pb.h"

namespace nftsvc::wire {
namespace {

TEST(TextprotoTest, SaysWhereAMistakeIs) {
  const std::vector<std::pair<std::string, std::string>> kCases = {
      {"services {\n  name: \"web\"\n  nam: \"x\"\n}",
       "line 3, column 6: Message type \"nftsvc.v1.Service\" has no field named \"nam\"."},
      {"services {\n  name: }", "line 2, column 9: Expected string, got: }"},
      {"services {", "line 1, column 11: Expected identifier, got: "},
      {"services { ports { port: 4294967296 } }",
       "line 1, column 26: Integer out of range (4294967296)"},
      {"services { ports { protocol: ICMP } }",
       "line 1, column 35: Unknown enumeration value of \"ICMP\" for field \"protocol\"."},
      {"services { name: \"a\" name: \"b\" }",
       "line 1, column 26: Non-repeated field \"name\" is specified multiple times."},
      {"services { name: \"a\n\" }",
       "line 1, column 20: String literals cannot cross line boundaries."},
      {"\n\nservices { name: \"\xff\" }", "line 3: not UTF-8"},
      {"}", "line 1, column 1: Expected identifier, got: }"},
  };
  for (const auto& [text, error] : kCases) {
    v1::Snapshot message;
    const absl::Status status = ParseTextproto(text, message);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_EQ(status.message(), error) << text;
  }
}

TEST(TextprotoTest, ReplacesWhatTheMessageHeld) {
  v1::Snapshot message;
  message.add_services()->set_name("old");
  ASSERT_TRUE(ParseTextproto("services { name: 'new' }", message).ok());
  ASSERT_EQ(message.services_size(), 1);
  EXPECT_EQ(message.services(0).name(), "new");
}

TEST(TextprotoTest, SurvivesDeepNesting) {
  std::string text;
  for (int i = 0; i < 1'000'000; ++i) text += "services{";
  v1::Snapshot message;
  EXPECT_FALSE(ParseTextproto(text, message).ok());
}

TEST(TextprotoTest, PrintsWhatItReads) {
  const std::string text =
      "services {\n"
      "  name: \"web\"\n"
      "  labels {\n"
      "    key: \"a\"\n"
      "    value: \"\\\"ü\\n\\\"\"\n"
      "  }\n"
      "  ports {\n"
      "    protocol: TCP\n"
      "    endpoints {\n"
      "      weight: 0\n"
      "    }\n"
      "  }\n"
      "}\n";
  v1::Snapshot message;
  ASSERT_TRUE(ParseTextproto(text, message).ok());
  EXPECT_EQ(PrintTextproto(message), text);
}

TEST(TextprotoTest, PrintsMapsSorted) {
  v1::Service ascending;
  v1::Service descending;
  for (int i = 10; i < 60; ++i) {
    (*ascending.mutable_labels())[absl::StrCat("k", i)] = "v";
    (*descending.mutable_labels())[absl::StrCat("k", 69 - i)] = "v";
  }
  EXPECT_EQ(PrintTextproto(ascending), PrintTextproto(descending));
}

}  // namespace
}  // namespace nftsvc::wire
