// SPDX-License-Identifier: Apache-2.0
#include "src/base/shared_text.h"

#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

namespace nftsvc::base {
namespace {

TEST(SharedTextTest, IsAPointerInSize) { EXPECT_EQ(sizeof(SharedText), sizeof(void*)); }

TEST(SharedTextTest, HoldsItsOwnCopyOfAnyBytes) {
  std::string source("a\0b", 3);
  const SharedText text(source);
  source = "changed";
  EXPECT_EQ(text.view(), absl::string_view("a\0b", 3));
  EXPECT_EQ(std::string(text), std::string("a\0b", 3));
}

TEST(SharedTextTest, CopiesShareTheBytes) {
  const SharedText text("pod-a");
  const SharedText copy = text;
  EXPECT_EQ(copy.view().data(), text.view().data());
}

TEST(SharedTextTest, ACopyOutlivesTheFirst) {
  SharedText copy;
  {
    const SharedText text("a text that is longer than any small buffer would be");
    copy = text;
  }
  EXPECT_EQ(copy, "a text that is longer than any small buffer would be");
}

TEST(SharedTextTest, ThreadsMayLetGoOfCopiesAsTheyLike) {
  SharedText text("a text that is longer than any small buffer would be");
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([copy = text] {
      for (int j = 0; j < 100; ++j) EXPECT_EQ(SharedText(copy).view().size(), 52u);
    });
  }
  text = {};
  for (std::thread& thread : threads) thread.join();
}

TEST(SharedTextTest, MovesLeaveNothingBehind) {
  SharedText from("pod-a");
  SharedText to = std::move(from);
  EXPECT_TRUE(from.empty());  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(to, "pod-a");
  from = std::move(to);
  EXPECT_EQ(from, "pod-a");
}

TEST(SharedTextTest, AssignsToItself) {
  SharedText text("pod-a");
  const SharedText& same = text;
  text = same;
  EXPECT_EQ(text, "pod-a");
}

TEST(SharedTextTest, ComparesByValue) {
  EXPECT_EQ(SharedText("a"), SharedText("a"));
  EXPECT_FALSE(SharedText("a") == SharedText("b"));
  EXPECT_FALSE(SharedText("a") == SharedText());
  EXPECT_EQ(SharedText("a"), absl::string_view("a"));
  EXPECT_EQ(SharedText("a"), std::string("a"));
  EXPECT_EQ(SharedText(), "");
}

TEST(SharedTextTest, EmptyIsTheDefault) {
  EXPECT_TRUE(SharedText().empty());
  EXPECT_TRUE(SharedText("").empty());
  EXPECT_EQ(SharedText().view(), "");
}

TEST(SharedTextTest, PrintsItsBytes) {
  std::ostringstream out;
  out << SharedText("pod-a");
  EXPECT_EQ(out.str(), "pod-a");
}

}  // namespace
}  // namespace nftsvc::base
