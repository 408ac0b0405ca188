// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

// Records in a file: each its payload's length (4 bytes, little endian), a CRC-32 over length and
// payload (4 bytes, little endian), the payload. The length is under the checksum and never 0, so
// that zeros, which a file system may show in place of data it had not written before a power loss,
// are no record.
namespace nftsvc::daemon {

// CRC-32 (zlib).
uint32_t ChecksumOf(absl::string_view bytes);

// Requires: 0 < payload.size() < 4 GiB.
void AppendRecord(absl::string_view payload, std::string& file);

class RecordReader {
 public:
  explicit RecordReader(absl::string_view file) : file_(file) {}

  // The payload of the next record; nothing at the end and at bytes that are no record.
  std::optional<absl::string_view> Next();

  // Where the records end that Next has given.
  size_t offset() const { return offset_; }
  bool AtEnd() const { return offset_ == file_.size(); }

 private:
  absl::string_view file_;
  size_t offset_ = 0;
};

}  // namespace nftsvc::daemon
