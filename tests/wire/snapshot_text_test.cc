// SPDX-License-Identifier: Apache-2.0
#include "src/wire/snapshot_text.h"

#include <random>
#include <string>

#include "gtest/gtest.h"
#include "src/wire/json.h"
#include "src/wire/serialize.h"
#include "src/wire/textproto.h"

namespace nftsvc::wire {
namespace {

v1::Snapshot Example() {
  v1::Snapshot message;
  v1::Service& service = *message.add_services();
  service.set_namespace_("default");
  service.set_name("web");
  service.add_cluster_ips("10.104.14.67");
  v1::Port& port = *service.add_ports();
  port.set_protocol(v1::TCP);
  port.set_port(80);
  port.add_endpoints()->set_address("10.0.0.2");
  return message;
}

TEST(SnapshotTextTest, ReadsWhatWasPrintedInEveryFormatAndTellsThemApart) {
  const v1::Snapshot message = Example();
  const std::pair<Format, std::string> kCases[] = {
      {Format::kTextproto, PrintTextproto(message)},
      {Format::kJson, PrintJson(message)},
      {Format::kBinary, Serialize(message)},
  };
  for (const auto& [format, bytes] : kCases) {
    EXPECT_EQ(DetectFormat(bytes), format) << bytes;
    for (const Format asked : {format, Format::kDetect}) {
      const absl::StatusOr<v1::Snapshot> parsed = ParseSnapshot(bytes, asked);
      ASSERT_TRUE(parsed.ok()) << parsed.status();
      EXPECT_EQ(Serialize(*parsed), Serialize(message));
    }
  }
}

TEST(SnapshotTextTest, TellsFormatsByTheirFirstBytesOfText) {
  EXPECT_EQ(DetectFormat("\n\t {\"services\":[]}"), Format::kJson);
  EXPECT_EQ(DetectFormat("\n\n# a comment {\nservices {}"), Format::kTextproto);
  EXPECT_EQ(DetectFormat("\xef\xbb\xbf{}"), Format::kJson);
  EXPECT_EQ(DetectFormat(""), Format::kTextproto);
  EXPECT_EQ(DetectFormat("\r\nservices {}"), Format::kTextproto);
  EXPECT_EQ(DetectFormat(absl::string_view("\n\0", 2)), Format::kBinary);
}

TEST(SnapshotTextTest, NothingIsTheEmptySnapshotInEveryFormatButJson) {
  for (const Format format : {Format::kDetect, Format::kTextproto, Format::kBinary}) {
    const absl::StatusOr<v1::Snapshot> parsed = ParseSnapshot("", format);
    ASSERT_TRUE(parsed.ok()) << parsed.status();
    EXPECT_EQ(parsed->services_size(), 0);
  }
  EXPECT_FALSE(ParseSnapshot("", Format::kJson).ok());
}

TEST(SnapshotTextTest, SaysWhatItWasDoing) {
  EXPECT_EQ(ParseSnapshot("services {\n  x: 1\n}", Format::kDetect).status(),
            absl::InvalidArgumentError("parse snapshot: line 2, column 4: Message type "
                                       "\"nftsvc.v1.Service\" has no field named \"x\"."));
  EXPECT_EQ(ParseSnapshot("{\"services\"}", Format::kDetect).status(),
            absl::InvalidArgumentError("parse snapshot: line 1, column 12: expected ':'"));
  EXPECT_EQ(ParseSnapshot("services {}", Format::kBinary).status(),
            absl::InvalidArgumentError(
                "parse snapshot: not a binary snapshot, or damaged, or cut short"));
}

TEST(SnapshotTextTest, SkipsAByteOrderMark) {
  EXPECT_TRUE(ParseSnapshot("\xef\xbb\xbfservices {}", Format::kDetect).ok());
  EXPECT_TRUE(ParseSnapshot("\xef\xbb\xbf{}", Format::kDetect).ok());
}

TEST(SnapshotTextTest, ReadsFormatNames) {
  EXPECT_EQ(ParseFormat("textproto"), Format::kTextproto);
  EXPECT_EQ(ParseFormat("json"), Format::kJson);
  EXPECT_EQ(ParseFormat("binary"), Format::kBinary);
  EXPECT_EQ(ParseFormat("JSON"), std::nullopt);
  EXPECT_EQ(ParseFormat(""), std::nullopt);
}

TEST(SnapshotTextTest, EveryBeginningOfABinarySnapshotIsReadOrRefused) {
  const std::string bytes = Serialize(Example());
  for (size_t size = 1; size < bytes.size(); ++size) {
    EXPECT_FALSE(ParseSnapshot(bytes.substr(0, size), Format::kBinary).ok()) << size;
  }
}

TEST(SnapshotTextTest, SurvivesDamage) {
  const std::string kTexts[] = {Serialize(Example()), PrintTextproto(Example()),
                                PrintJson(Example())};
  std::mt19937 random(1);
  for (const std::string& text : kTexts) {
    for (int i = 0; i < 3'000; ++i) {
      std::string damaged = text;
      for (int k = 0; k < 3; ++k) damaged[random() % damaged.size()] = static_cast<char>(random());
      const absl::StatusOr<v1::Snapshot> parsed = ParseSnapshot(damaged, Format::kDetect);
      EXPECT_TRUE(parsed.ok() || absl::IsInvalidArgument(parsed.status())) << parsed.status();
    }
  }
}

TEST(SnapshotTextTest, SurvivesNestedGroups) {
  // Field 100 as a group within itself: what an unknown field may be.
  std::string bytes;
  for (int i = 0; i < 1'000'000; ++i) bytes += "\xa3\x06";
  EXPECT_FALSE(ParseSnapshot(bytes, Format::kBinary).ok());
}

}  // namespace
}  // namespace nftsvc::wire
