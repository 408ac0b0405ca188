// SPDX-License-Identifier: Apache-2.0
#include "src/kubernetes/printable.h"

#include <gtest/gtest.h>

namespace nftsvc::kubernetes {
namespace {

TEST(PrintableTest, WordsStayAsTheyAre) {
  for (const char* word : {"Service", "networking.k8s.io/v1", "app_b-2"}) {
    EXPECT_EQ(Printable(word), word);
  }
}

TEST(PrintableTest, AllElseIsQuoted) {
  EXPECT_EQ(Printable(""), "\"\"");
  EXPECT_EQ(Printable("two words"), "\"two words\"");
  EXPECT_EQ(Printable("\x1b[31m"), "\"\\033[31m\"");
  EXPECT_EQ(Printable(std::string(65, 'a')), "\"" + std::string(64, 'a') + "…\"");
}

}  // namespace
}  // namespace nftsvc::kubernetes
