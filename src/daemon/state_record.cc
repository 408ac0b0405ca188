// SPDX-License-Identifier: Apache-2.0
#include "src/daemon/state_record.h"

#include <zlib.h>

#include <cstdint>

namespace nftsvc::daemon {
namespace {

constexpr size_t kNumberBytes = 4;
constexpr size_t kHeaderBytes = 2 * kNumberBytes;

void AppendNumber(uint32_t number, std::string& file) {
  for (size_t i = 0; i < kNumberBytes; ++i) file.push_back(static_cast<char>(number >> (8 * i)));
}

uint32_t NumberAt(absl::string_view file, size_t offset) {
  uint32_t number = 0;
  for (size_t i = 0; i < kNumberBytes; ++i) {
    number |= uint32_t{static_cast<uint8_t>(file[offset + i])} << (8 * i);
  }
  return number;
}

uint32_t Checksum(absl::string_view length, absl::string_view payload) {
  const auto add = [](uLong sum, absl::string_view bytes) {
    return crc32_z(sum, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
  };
  return static_cast<uint32_t>(add(add(crc32_z(0, nullptr, 0), length), payload));
}

}  // namespace

uint32_t ChecksumOf(absl::string_view bytes) { return Checksum({}, bytes); }

void AppendRecord(absl::string_view payload, std::string& file) {
  const size_t start = file.size();
  AppendNumber(static_cast<uint32_t>(payload.size()), file);
  AppendNumber(Checksum(absl::string_view(file).substr(start), payload), file);
  file.append(payload.data(), payload.size());
}

std::optional<absl::string_view> RecordReader::Next() {
  const absl::string_view rest = file_.substr(offset_);
  if (rest.size() < kHeaderBytes) return std::nullopt;
  const uint32_t length = NumberAt(rest, 0);
  if (length == 0 || length > rest.size() - kHeaderBytes) return std::nullopt;
  const absl::string_view payload = rest.substr(kHeaderBytes, length);
  if (NumberAt(rest, kNumberBytes) != Checksum(rest.substr(0, kNumberBytes), payload)) {
    return std::nullopt;
  }
  offset_ += kHeaderBytes + length;
  return payload;
}

}  // namespace nftsvc::daemon
