// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include <google/protobuf/message_lite.h>
#include "absl/status/status.h"
#include "absl/strings/string_view.h"

// Messages on a byte stream: each preceded by its length as a varint, the framing of protobuf's own
// ParseDelimitedFrom and SerializeDelimitedTo.
namespace nftsvc::control {

// Takes a stream apart as its bytes arrive, in pieces of any size.
//
//   RETURN_IF_ERROR(decoder.Append(bytes));
//   if (std::optional<std::string> message = decoder.Next()) Handle(*message);
//
// Memory follows the bytes that have arrived, and never the length that a peer announces: there is
// room for at most eight times as many, in pages that nothing has touched. Whoever stops appending
// while HasMessage() holds at most one message and one piece.
class FrameDecoder {
 public:
  explicit FrameDecoder(size_t max_message_bytes) : max_message_bytes_(max_message_bytes) {}

  // kResourceExhausted: a message is announced that is over the limit. kInvalidArgument: what
  // stands where a length should is none. Either ends the stream: where the next message begins
  // cannot be known. Messages before it still come out of Next.
  absl::Status Append(absl::string_view bytes);

  bool HasMessage() const { return has_length_ && body_.size() == length_; }

  // The next whole message. Requires: HasMessage().
  absl::string_view front() const { return body_; }

  // Takes the next whole message, if there is one. May find the stream broken behind it: see
  // status().
  std::optional<std::string> Next();

  // What Append said, or would have said of the bytes that stand behind messages not yet taken.
  const absl::Status& status() const { return status_; }

  // Whether part of a message is here and its end is missing.
  bool InMessage() const { return (has_length_ || length_bytes_ > 0) && !HasMessage(); }

  size_t buffered_bytes() const { return body_.size() + rest_.size() - rest_used_; }

 private:
  void Consume();
  void ConsumeLengthByte(uint8_t byte);

  size_t max_message_bytes_;
  absl::Status status_;

  // The message at the front.
  uint64_t length_ = 0;
  int length_bytes_ = 0;  // read so far
  bool has_length_ = false;
  std::string body_;

  // Bytes behind it, of which the first rest_used_ are done with.
  std::string rest_;
  size_t rest_used_ = 0;
};

// The message with its length in front. Requires: its size is below 2 GiB, protobuf's own limit.
std::string EncodeFrame(const google::protobuf::MessageLite& message);

}  // namespace nftsvc::control
