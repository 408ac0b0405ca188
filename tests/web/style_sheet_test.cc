// SPDX-License-Identifier: Apache-2.0
#include "src/web/style_sheet.h"

#include <gmock/gmock.h>

#include <string>

#include "absl/strings/escaping.h"
#include "src/base/sha256.h"

namespace nftsvc::web {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// A browser drops a style sheet whose digest is another one.
TEST(StyleSheetTest, ThePolicyNamesThisVeryStyleSheet) {
  const auto digest = base::Sha256(kStyleSheet);
  const std::string base64 = absl::Base64Escape(
      absl::string_view(reinterpret_cast<const char*>(digest.data()), digest.size()));
  EXPECT_THAT(std::string(kContentSecurityPolicy), HasSubstr("style-src 'sha256-" + base64 + "'"));
}

TEST(StyleSheetTest, ThePolicyAllowsNothingElse) {
  const std::string policy(kContentSecurityPolicy);
  EXPECT_THAT(policy, HasSubstr("default-src 'none'"));
  EXPECT_THAT(policy, Not(HasSubstr("unsafe")));
  EXPECT_THAT(policy, Not(HasSubstr("*")));
}

TEST(StyleSheetTest, ItIsForLightAndDarkAndFetchesNothing) {
  const std::string sheet(kStyleSheet);
  EXPECT_THAT(sheet, HasSubstr("prefers-color-scheme: dark"));
  EXPECT_THAT(sheet, Not(HasSubstr("url(")));
  EXPECT_THAT(sheet, Not(HasSubstr("@import")));
  EXPECT_THAT(sheet, Not(HasSubstr("</")));
}

}  // namespace
}  // namespace nftsvc::web
