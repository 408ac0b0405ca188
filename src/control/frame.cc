// SPDX-License-Identifier: Apache-2.0
#include "src/control/frame.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace nftsvc::control {
namespace {

// A varint of 32 bits, as protobuf reads it in front of a delimited message.
constexpr int kMaxLengthBytes = 5;

// What has arrived is copied whenever its room has grown, and fresh room has to be cleared by the
// kernel, for as long as it is used.
constexpr size_t kGrowth = 8;

void AppendVarint(uint64_t value, std::string& out) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>(value | 0x80));
  out.push_back(static_cast<char>(value));
}

}  // namespace

absl::Status FrameDecoder::Append(absl::string_view bytes) {
  if (!status_.ok()) return status_;
  rest_.append(bytes.data(), bytes.size());
  Consume();
  return status_;
}

std::optional<std::string> FrameDecoder::Next() {
  if (!HasMessage()) return std::nullopt;
  std::string message = std::exchange(body_, {});
  has_length_ = false;
  length_ = 0;
  length_bytes_ = 0;
  Consume();
  return message;
}

void FrameDecoder::Consume() {
  while (status_.ok() && rest_used_ < rest_.size() && !HasMessage()) {
    if (!has_length_) {
      ConsumeLengthByte(static_cast<uint8_t>(rest_[rest_used_++]));
      continue;
    }
    const size_t count = std::min<size_t>(length_ - body_.size(), rest_.size() - rest_used_);
    const size_t needed = body_.size() + count;
    if (needed > body_.capacity()) {
      body_.reserve(std::min<size_t>(length_, std::max(needed, kGrowth * body_.size())));
    }
    body_.append(rest_, rest_used_, count);
    rest_used_ += count;
  }
  if (rest_used_ < rest_.size()) return;
  rest_.clear();
  rest_used_ = 0;
}

void FrameDecoder::ConsumeLengthByte(uint8_t byte) {
  length_ |= uint64_t{byte & 0x7fu} << (7 * length_bytes_);
  ++length_bytes_;
  has_length_ = (byte & 0x80) == 0;
  if (!has_length_ && length_bytes_ == kMaxLengthBytes) {
    status_ = absl::InvalidArgumentError("read message length: not a varint of 32 bits");
  } else if (has_length_ && length_ > max_message_bytes_) {
    has_length_ = false;
    status_ = absl::ResourceExhaustedError(absl::StrCat(
        "message of ", length_, " bytes: over the limit of ", max_message_bytes_, " bytes"));
  }
}

std::string EncodeFrame(const google::protobuf::MessageLite& message) {
  const size_t size = message.ByteSizeLong();
  std::string frame;
  frame.reserve(kMaxLengthBytes + size);
  AppendVarint(size, frame);
  message.AppendPartialToString(&frame);
  return frame;
}

}  // namespace nftsvc::control
