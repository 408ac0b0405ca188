// SPDX-License-Identifier: Apache-2.0
//
// What needs no kernel; tests/kernel/iptables_test.py has the rest.
#include "src/cli/iptables_steps.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace nftsvc::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct Checked {
  bool fits;
  std::string err;
};

Checked Check(const OfflineInput::Result& input) {
  std::istringstream in;
  std::ostringstream out, err;
  Session session{.in = in, .out = out, .err = err, .call = nullptr};
  const bool fits = CheckForIptables(session, input, "apply snapshot");
  return {.fits = fits, .err = err.str()};
}

TEST(CheckForIptablesTest, ALayoutOfNftIsRefused) {
  OfflineInput::Result input;
  EXPECT_TRUE(Check(input).fits);
  EXPECT_THAT(Check(input).err, IsEmpty());
  input.settings.options.layout = nft::Layout::kVerdictMaps;
  EXPECT_FALSE(Check(input).fits);
  EXPECT_THAT(Check(input).err, HasSubstr("apply snapshot: 1 mistake"));
}

}  // namespace
}  // namespace nftsvc::cli
