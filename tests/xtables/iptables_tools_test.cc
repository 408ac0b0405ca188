// SPDX-License-Identifier: Apache-2.0
//
// In a network namespace of the tests' own. What packets do is in tests/kernel/iptables_test.py.
#include "src/xtables/iptables_tools.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>

#include "src/iptables/compile.h"

namespace nftsvc::xtables {
namespace {

using base::Family;
using ::testing::HasSubstr;

class IptablesToolsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (unshare(CLONE_NEWNET) != 0) GTEST_SKIP() << "needs the right to make network namespaces";
  }
};

TEST_F(IptablesToolsTest, BothKindsTakeTheEmptyTablesInAPrivateNetwork) {
  for (const auto backend :
       {IptablesBackend::kDefault, IptablesBackend::kLegacy, IptablesBackend::kNft}) {
    for (const Family family : base::kFamilies) {
      const IptablesTools tools(family, backend);
      const std::string text = iptables::Print(iptables::Compile({}, family, {}));
      EXPECT_EQ(tools.Check(text), absl::OkStatus());
      EXPECT_EQ(tools.Save().status(), absl::OkStatus());
    }
  }
}

TEST_F(IptablesToolsTest, WhatTheProgramComplainsOfIsTold) {
  const absl::Status status =
      IptablesTools(Family::kIPv4, IptablesBackend::kNft).Check("*nat\nnonsense\nCOMMIT\n");
  EXPECT_THAT(std::string(status.message()), HasSubstr("iptables-nft-restore: exit"));
}

}  // namespace
}  // namespace nftsvc::xtables
