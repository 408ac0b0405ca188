// SPDX-License-Identifier: Apache-2.0
#include "src/wire/snapshot_text.h"

#include <google/protobuf/stubs/logging.h>

#include <algorithm>
#include <climits>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "src/wire/json.h"
#include "src/wire/textproto.h"

namespace nftsvc::wire {
namespace {

// Some editors put one in front of UTF-8.
constexpr absl::string_view kByteOrderMark = "\xef\xbb\xbf";

bool IsNeverInText(char c) {
  return absl::ascii_iscntrl(static_cast<unsigned char>(c)) && !absl::StrContains("\t\n\r", c);
}

absl::Status ParseBinary(absl::string_view bytes, v1::Snapshot& message) {
  google::protobuf::LogSilencer silence;
  if (message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return absl::OkStatus();
  return absl::InvalidArgumentError("not a binary snapshot, or damaged, or cut short");
}

absl::Status Parse(absl::string_view bytes, Format format, v1::Snapshot& message) {
  if (bytes.size() > INT_MAX) return absl::InvalidArgumentError("larger than 2 GiB");
  if (format == Format::kDetect) format = DetectFormat(bytes);
  if (format == Format::kBinary) return ParseBinary(bytes, message);
  absl::ConsumePrefix(&bytes, kByteOrderMark);
  return format == Format::kJson ? ParseJson(bytes, message) : ParseTextproto(bytes, message);
}

}  // namespace

std::optional<Format> ParseFormat(absl::string_view text) {
  if (text == "textproto") return Format::kTextproto;
  if (text == "json") return Format::kJson;
  if (text == "binary") return Format::kBinary;
  return std::nullopt;
}

Format DetectFormat(absl::string_view bytes) {
  if (std::any_of(bytes.begin(), bytes.end(), IsNeverInText)) return Format::kBinary;
  absl::ConsumePrefix(&bytes, kByteOrderMark);
  const absl::string_view text = absl::StripLeadingAsciiWhitespace(bytes);
  return absl::StartsWith(text, "{") ? Format::kJson : Format::kTextproto;
}

absl::StatusOr<v1::Snapshot> ParseSnapshot(absl::string_view bytes, Format format) {
  v1::Snapshot message;
  const absl::Status status = Parse(bytes, format, message);
  if (status.ok()) return message;
  return absl::Status(status.code(), absl::StrCat("parse snapshot: ", status.message()));
}

}  // namespace nftsvc::wire
