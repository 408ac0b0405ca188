// SPDX-License-Identifier: Apache-2.0
#include "src/model/path.h"

#include "gtest/gtest.h"

namespace nftsvc::model {
namespace {

TEST(PathTest, ChainsFieldsAndIndexes) {
  const Path service("services[3]");
  const Path port(service, "ports", 0);
  const Path endpoint(port, "endpoints", 12);
  EXPECT_EQ(service.ToString(), "services[3]");
  EXPECT_EQ(port.ToString(), "services[3].ports[0]");
  EXPECT_EQ(Path(endpoint, "address").ToString(), "services[3].ports[0].endpoints[12].address");
}

TEST(PathTest, LeavesEmptyStepsOut) {
  const Path root("");
  EXPECT_EQ(root.ToString(), "");
  EXPECT_EQ(Path(root, "name").ToString(), "name");
  const Path service("services[3]");
  EXPECT_EQ(Path(service, "").ToString(), "services[3]");
}

}  // namespace
}  // namespace nftsvc::model
