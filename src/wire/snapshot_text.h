// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "nftsvc/v1/snapshot.pb.h"

// Reads snapshots from files. PrintTextproto, PrintJson and Serialize write them.
namespace nftsvc::wire {

enum class Format { kDetect, kTextproto, kJson, kBinary };

// Reads "textproto", "json" or "binary". Nothing for any other word.
std::optional<Format> ParseFormat(absl::string_view text);

// What kDetect takes `bytes` for. Bytes that no text has (control characters) mean binary: every
// named service has one in the tag of its name. JSON starts with a brace, textproto does not.
Format DetectFormat(absl::string_view bytes);

// A mistake is InvalidArgument: "parse snapshot: line 3, column 7: Expected identifier, got: }".
absl::StatusOr<v1::Snapshot> ParseSnapshot(absl::string_view bytes, Format format);

}  // namespace nftsvc::wire
