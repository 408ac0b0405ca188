// SPDX-License-Identifier: Apache-2.0
#include "src/web/html.h"

#include <gtest/gtest.h>

namespace nftsvc::web {
namespace {

TEST(HtmlTest, NothingCanOpenATagOrCloseAnAttribute) {
  EXPECT_EQ(EscapeHtml("<a href=\"x\" id='y'>&amp;"),
            "&lt;a href=&quot;x&quot; id=&#39;y&#39;&gt;&amp;amp;");
  for (int c = 0; c < 256; ++c) {
    const std::string escaped = EscapeHtml(std::string(1, static_cast<char>(c)));
    EXPECT_EQ(escaped.find_first_of("<>\"'"), std::string::npos) << c;
  }
}

TEST(HtmlTest, OtherTextStaysAsItIs) { EXPECT_EQ(EscapeHtml("wéb 日本"), "wéb 日本"); }

}  // namespace
}  // namespace nftsvc::web
