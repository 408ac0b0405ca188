// SPDX-License-Identifier: Apache-2.0
//
// What tests/support/kernel_rules.h says of the kernel, asked of the kernel. The fake one that the
// loop is tested with is held to the same list.
#include "tests/support/kernel_rules.h"

#include <gtest/gtest.h>

#include "tests/netlink/net_namespace.h"

namespace nftsvc::netlink {
namespace {

class KernelRulesTest : public KernelTest {};

TEST_F(KernelRulesTest, AreTheKernelsOwn) {
  for (const nftsvc::testing::KernelRule& rule : nftsvc::testing::KernelRules()) {
    SCOPED_TRACE(rule.name);
    EnterNewNamespace();
    if (!rule.before.empty()) MustCommit(rule.before);
    const absl::Status status = kernel->Commit(rule.tried, Now()).status();
    EXPECT_EQ(status.code(), rule.code) << status;
  }
}

}  // namespace
}  // namespace nftsvc::netlink
