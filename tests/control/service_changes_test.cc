// SPDX-License-Identifier: Apache-2.0
#include "src/control/service_changes.h"

#include <gtest/gtest.h>

#include "tests/support/builders.h"

namespace nftsvc::control {
namespace {

TEST(ServiceChangesTest, TheSignSaysWhatBecomesOfTheService) {
  const model::Snapshot nothing = testing::SnapshotOf({});
  const model::Service web = testing::WebAt({"10.0.0.2:80"});
  const model::Snapshot with_web = testing::SnapshotOf({web});
  EXPECT_EQ(PrintChange(testing::Upsert(nothing, web)), "+ default/web");
  EXPECT_EQ(PrintChange(testing::Upsert(with_web, testing::WebAt({"10.0.0.3:80"}))),
            "~ default/web");
  EXPECT_EQ(PrintChange(testing::Remove(with_web, "default/web")), "- default/web");
}

}  // namespace
}  // namespace nftsvc::control
