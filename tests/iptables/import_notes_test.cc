// SPDX-License-Identifier: Apache-2.0
#include "src/iptables/import_notes.h"

#include <gtest/gtest.h>

#include "tests/iptables/printed.h"

namespace nftsvc::iptables {
namespace {

TEST(ImportNotesTest, CountsByReason) {
  ImportNotes notes;
  notes.Count(kRulesOfOthers);
  notes.AddService("guesses", "default/web", 12);
  notes.Count(kRulesOfOthers);
  notes.AddLine(kNotUnderstood, 7);
  EXPECT_TRUE(notes.Has(kRulesOfOthers));
  EXPECT_FALSE(notes.Has(kRulesOfIpvs));
  EXPECT_EQ(Print(std::move(notes).Take()),
            "guesses: 1 (default/web (line 12))\n"
            "rules of kube-proxy that are not understood: 1 (line 7)\n"
            "rules that are not kube-proxy's: 2\n");
}

TEST(ImportNotesTest, KeepsAFewPlaces) {
  ImportNotes notes;
  for (size_t line = 1; line <= 9; ++line) notes.AddLine("lines", line);
  for (size_t line = 1; line <= 9; ++line) notes.AddService("services", "a", line);
  EXPECT_EQ(Print(std::move(notes).Take()),
            "lines: 9 (line 1, line 2, line 3, line 4, line 5)\n"
            "services: 9 (a (line 1), a (line 2), a (line 3), a (line 4), a (line 5))\n");
}

}  // namespace
}  // namespace nftsvc::iptables
