// SPDX-License-Identifier: Apache-2.0
//
// Exports ForEachField.
#include "src/wire/fields.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <cstdint>

namespace nftsvc::wire {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;

namespace {

bool IsGroup(uint32_t tag) {
  const WireFormatLite::WireType type = WireFormatLite::GetTagWireType(tag);
  return type == WireFormatLite::WIRETYPE_START_GROUP || type == WireFormatLite::WIRETYPE_END_GROUP;
}

}  // namespace

bool ForEachField(absl::string_view bytes, absl::FunctionRef<bool(const Field&)> visit) {
  CodedInputStream input(reinterpret_cast<const uint8_t*>(bytes.data()),
                         static_cast<int>(bytes.size()));
  const auto position = [&] { return static_cast<size_t>(input.CurrentPosition()); };
  while (position() < bytes.size()) {
    const size_t start = position();
    const uint32_t tag = input.ReadTag();
    Field field{.number = WireFormatLite::GetTagFieldNumber(tag),
                .has_body = WireFormatLite::GetTagWireType(tag) ==
                            WireFormatLite::WIRETYPE_LENGTH_DELIMITED,
                .body = {},
                .whole = {}};
    if (field.number == 0) return false;
    if (field.has_body) {
      int length = 0;
      if (!input.ReadVarintSizeAsInt(&length)) return false;
      const size_t body = position();
      if (!input.Skip(length)) return false;
      field.body = bytes.substr(body, static_cast<size_t>(length));
    } else if (IsGroup(tag) || !WireFormatLite::SkipField(&input, tag)) {
      return false;
    }
    field.whole = bytes.substr(start, position() - start);
    if (!visit(field)) return false;
  }
  return true;
}

}  // namespace nftsvc::wire
