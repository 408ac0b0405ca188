// SPDX-License-Identifier: Apache-2.0
//
// Exports FieldReader. protobuf's own reader of single fields takes longer than its parser does for
// all of them.
#include "src/wire/fields.h"

#include <climits>

namespace nftsvc::wire {
namespace {

enum WireType : uint32_t { kVarint = 0, k64Bits = 1, kLengthDelimited = 2, k32Bits = 5 };

constexpr int kTypeBits = 3;
constexpr int kVarintBits = 7;
constexpr uint8_t kMore = 0x80;

}  // namespace

std::optional<Field> FieldReader::Next() {
  const char* const start = rest_.data();
  const std::optional<uint64_t> tag = ReadVarint();
  if (!tag.has_value() || *tag > UINT32_MAX) return std::nullopt;
  Field field{
      .number = static_cast<int>(*tag >> kTypeBits), .has_body = false, .body = {}, .whole = {}};
  const auto type = static_cast<WireType>(*tag & ((1u << kTypeBits) - 1));
  if (field.number == 0) return std::nullopt;
  if (type == kLengthDelimited) {
    const std::optional<uint64_t> length = ReadVarint();
    if (!length.has_value()) return std::nullopt;
    field.has_body = true;
    field.body = rest_.substr(0, *length);
    if (!Skip(*length)) return std::nullopt;
  } else {
    const bool skipped = type == kVarint   ? ReadVarint().has_value()
                         : type == k64Bits ? Skip(sizeof(uint64_t))
                                           : type == k32Bits && Skip(sizeof(uint32_t));
    if (!skipped) return std::nullopt;
  }
  field.whole = {start, static_cast<size_t>(rest_.data() - start)};
  return field;
}

std::optional<uint64_t> FieldReader::ReadVarint() {
  uint64_t value = 0;
  for (size_t i = 0; i < rest_.size() && kVarintBits * i < 64; ++i) {
    const auto byte = static_cast<uint8_t>(rest_[i]);
    value |= uint64_t{byte & (kMore - 1u)} << (kVarintBits * i);
    if ((byte & kMore) != 0) continue;
    rest_.remove_prefix(i + 1);
    return value;
  }
  return std::nullopt;
}

bool FieldReader::Skip(uint64_t bytes) {
  if (bytes > rest_.size() || bytes > INT_MAX) return false;
  rest_.remove_prefix(bytes);
  return true;
}

}  // namespace nftsvc::wire
