// SPDX-License-Identifier: Apache-2.0
#include "src/kubernetes/notes.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/kubernetes/printed.h"

namespace nftsvc::kubernetes {
namespace {

TEST(NotesTest, CountsByReason) {
  Notes notes;
  notes.Add("headless services", "default/b");
  notes.Add("ExternalName services", "default/x");
  notes.Add("headless services", "default/a");
  EXPECT_EQ(Print(std::move(notes).Take()),
            "ExternalName services: 1 (default/x)\n"
            "headless services: 2 (default/b, default/a)\n");
}

TEST(NotesTest, KeepsTheFirstFewNames) {
  Notes notes;
  for (int i = 0; i < 1000; ++i) notes.Add("headless services", absl::StrCat("s", i));
  EXPECT_EQ(Print(std::move(notes).Take()), "headless services: 1000 (s0, s1, s2, s3, s4)\n");
}

TEST(NotesTest, CountsObjectsByKindAndVersion) {
  Notes notes;
  notes.AddObject("Pod", "v1");
  notes.AddObject("Service", "serving.knative.dev/v1");
  notes.AddObject("Pod", "v1");
  EXPECT_EQ(Print(std::move(notes).Take()),
            "objects of kind Pod of v1: 2 ()\n"
            "objects of kind Service of serving.knative.dev/v1: 1 ()\n");
}

TEST(NotesTest, KindsThatAreNoWordsAreQuoted) {
  Notes notes;
  notes.AddObject("\x1b[31mPod", "");
  EXPECT_EQ(Print(std::move(notes).Take()), "objects of kind \"\\033[31mPod\" of \"\": 1 ()\n");
}

TEST(NotesTest, TheNumberOfKindsIsBounded) {
  Notes notes;
  for (int i = 0; i < 1000; ++i) notes.AddObject(absl::StrCat("Kind", i), "v1");
  notes.AddObject("Kind0", "v1");
  const std::vector<Note> taken = std::move(notes).Take();
  ASSERT_EQ(taken.size(), 101u);
  EXPECT_EQ(taken.front(), (Note{.what = "objects of kind Kind0 of v1", .count = 2, .names = {}}));
  EXPECT_EQ(taken.back(), (Note{.what = "objects of other kinds", .count = 900, .names = {}}));
}

}  // namespace
}  // namespace nftsvc::kubernetes
