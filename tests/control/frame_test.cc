// SPDX-License-Identifier: Apache-2.0
#include "src/control/frame.h"

#include <gmock/gmock.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/util/delimited_message_util.h>
#include <gtest/gtest.h>
#include <malloc.h>

#include <algorithm>
#include <vector>

#include "nftsvc/v1/control.pb.h"
#include "tests/support/random.h"

namespace nftsvc::control {
namespace {

using ::testing::ElementsAre;

v1::Issue MessageOf(std::string text) {
  v1::Issue message;
  message.set_message(std::move(text));
  return message;
}

std::string FrameOf(std::string text) { return EncodeFrame(MessageOf(std::move(text))); }

std::string TextOf(const std::string& bytes) {
  v1::Issue message;
  return message.ParseFromString(bytes) ? message.message() : "not a message";
}

// All that comes out after these bytes.
std::vector<std::string> Drain(FrameDecoder& decoder) {
  std::vector<std::string> texts;
  while (std::optional<std::string> message = decoder.Next()) texts.push_back(TextOf(*message));
  return texts;
}

size_t HeapBytes() {
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

TEST(FrameTest, AMessageComesOutAsItWentIn) {
  FrameDecoder decoder(1000);
  ASSERT_TRUE(decoder.Append(FrameOf("hello")).ok());
  EXPECT_TRUE(decoder.HasMessage());
  EXPECT_THAT(Drain(decoder), ElementsAre("hello"));
  EXPECT_EQ(decoder.buffered_bytes(), 0u);
}

TEST(FrameTest, AnEmptyMessageIsAMessage) {
  FrameDecoder decoder(1000);
  ASSERT_TRUE(decoder.Append(FrameOf("")).ok());
  EXPECT_THAT(Drain(decoder), ElementsAre(""));
}

TEST(FrameTest, ProtobufsOwnReaderReadsOurFrames) {
  const std::string frame = FrameOf(std::string(300, 'x'));
  google::protobuf::io::ArrayInputStream stream(frame.data(), static_cast<int>(frame.size()));
  v1::Issue message;
  ASSERT_TRUE(google::protobuf::util::ParseDelimitedFromZeroCopyStream(&message, &stream, nullptr));
  EXPECT_EQ(message.message(), std::string(300, 'x'));
}

TEST(FrameTest, WeReadWhatProtobufsOwnWriterWrites) {
  std::string frame;
  {
    google::protobuf::io::StringOutputStream stream(&frame);
    ASSERT_TRUE(google::protobuf::util::SerializeDelimitedToZeroCopyStream(
        MessageOf(std::string(70'000, 'x')), &stream));
  }
  FrameDecoder decoder(100'000);
  ASSERT_TRUE(decoder.Append(frame).ok());
  EXPECT_THAT(Drain(decoder), ElementsAre(std::string(70'000, 'x')));
}

TEST(FrameTest, AnySplitOfTheBytesGivesTheSameMessages) {
  for (uint64_t seed = 0; seed < 300; ++seed) {
    testing::Random random(seed);
    std::vector<std::string> sent;
    std::string bytes;
    for (size_t i = 0; i < 20; ++i) {
      // Lengths whose varint takes one, two and three bytes.
      sent.emplace_back(random.Below(random.Pick<size_t>({3, 300, 40'000})), 'a' + char(i));
      bytes += FrameOf(sent.back());
    }
    FrameDecoder decoder(100'000);
    std::vector<std::string> received;
    for (size_t offset = 0; offset < bytes.size();) {
      const size_t size =
          std::min(bytes.size() - offset, 1 + random.Below(random.Pick<size_t>({2, 90'000})));
      ASSERT_TRUE(decoder.Append(absl::string_view(bytes).substr(offset, size)).ok()) << seed;
      offset += size;
      if (random.OneIn(2)) continue;  // let several pieces gather
      for (std::string& text : Drain(decoder)) received.push_back(std::move(text));
    }
    for (std::string& text : Drain(decoder)) received.push_back(std::move(text));
    EXPECT_EQ(received, sent) << seed;
    EXPECT_FALSE(decoder.InMessage()) << seed;
  }
}

TEST(FrameTest, KnowsWhetherAMessageIsCutShort) {
  const std::string frame = FrameOf(std::string(200, 'x'));
  for (size_t size = 0; size <= frame.size(); ++size) {
    FrameDecoder decoder(1000);
    ASSERT_TRUE(decoder.Append(absl::string_view(frame).substr(0, size)).ok());
    EXPECT_EQ(decoder.InMessage(), size > 0 && size < frame.size()) << size;
    EXPECT_EQ(decoder.HasMessage(), size == frame.size()) << size;
  }
}

TEST(FrameTest, TheLargestMessageAllowedPassesAndOneByteMoreDoesNot) {
  const std::string frame = FrameOf("hello");
  FrameDecoder exact(frame.size() - 1);
  EXPECT_TRUE(exact.Append(frame).ok());
  FrameDecoder tight(frame.size() - 2);
  const absl::Status status = tight.Append(frame);
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(status.message(), "message of 7 bytes: over the limit of 6 bytes");
}

TEST(FrameTest, AHugeLengthAllocatesNothingUntilItsBytesArrive) {
  FrameDecoder decoder(size_t{1} << 30);
  const size_t before = HeapBytes();
  ASSERT_TRUE(decoder.Append("\x80\x80\x80\x80\x04").ok());  // 1 GiB
  ASSERT_TRUE(decoder.Append(std::string(1000, 'x')).ok());
  EXPECT_TRUE(decoder.InMessage());
  EXPECT_LT(HeapBytes() - before, size_t{64} << 10);
}

TEST(FrameTest, WhatIsNoLengthEndsTheStream) {
  FrameDecoder decoder(1000);
  const absl::Status status = decoder.Append("\xff\xff\xff\xff\xff");
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(), "read message length: not a varint of 32 bits");
  EXPECT_EQ(decoder.Append(FrameOf("hello")), status);
  EXPECT_EQ(decoder.Next(), std::nullopt);
}

TEST(FrameTest, MessagesBeforeGarbageStillComeOut) {
  FrameDecoder decoder(1000);
  const absl::Status status =
      decoder.Append(FrameOf("one") + FrameOf("two") + "\xff\xff\xff\xff\xff");
  EXPECT_TRUE(status.ok());
  EXPECT_THAT(Drain(decoder), ElementsAre("one", "two"));
  EXPECT_EQ(decoder.status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(FrameTest, AnyBytesEndInMessagesOrAnErrorWithinTheLimit) {
  for (uint64_t seed = 0; seed < 2000; ++seed) {
    testing::Random random(seed);
    FrameDecoder decoder(50);
    std::string bytes(random.Below(200), '\0');
    for (char& byte : bytes) byte = static_cast<char>(random.Next());
    decoder.Append(bytes).IgnoreError();
    while (std::optional<std::string> message = decoder.Next()) {
      EXPECT_LE(message->size(), 50u) << seed;
    }
    EXPECT_LE(decoder.buffered_bytes(), bytes.size()) << seed;
  }
}

}  // namespace
}  // namespace nftsvc::control
