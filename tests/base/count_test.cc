// SPDX-License-Identifier: Apache-2.0
#include "src/base/count.h"

#include <gtest/gtest.h>

namespace nftsvc::base {
namespace {

TEST(CountTest, OneAloneIsSingular) {
  EXPECT_EQ(Count(0, "service"), "0 services");
  EXPECT_EQ(Count(1, "service"), "1 service");
  EXPECT_EQ(Count(100000, "service"), "100000 services");
}

}  // namespace
}  // namespace nftsvc::base
