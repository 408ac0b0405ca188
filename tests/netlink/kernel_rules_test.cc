// SPDX-License-Identifier: Apache-2.0
//
// What tests/support/kernel_rules.h says of the kernel, asked of the kernel. The fake one that the
// loop is tested with is held to the same list.
#include "tests/support/kernel_rules.h"

#include <gtest/gtest.h>

#include "absl/container/flat_hash_map.h"
#include "src/netlink/feature_probe.h"
#include "tests/netlink/net_namespace.h"

namespace nftsvc::netlink {
namespace {

// What Linux 6.1 answers instead. We change no hooks, and merge ranges before we add them.
absl::StatusCode AnswerOfOldKernels(const nftsvc::testing::KernelRule& rule) {
  const absl::flat_hash_map<std::string, absl::StatusCode> others = {
      {"ranges do not overlap", absl::StatusCode::kOk},
      {"nor have two the same beginning", absl::StatusCode::kOk},
  };
  const auto found = others.find(rule.name);
  return found == others.end() ? rule.code : found->second;
}

class KernelRulesTest : public KernelTest {};

TEST_F(KernelRulesTest, AreTheKernelsOwn) {
  const auto features = ProbeFeatures();
  ASSERT_TRUE(features.ok()) << features.status();
  for (const nftsvc::testing::KernelRule& rule : nftsvc::testing::KernelRules()) {
    SCOPED_TRACE(rule.name);
    EnterNewNamespace();
    if (!rule.before.empty()) MustCommit(rule.before);
    const absl::Status status = kernel->Commit(rule.tried, Now()).status();
    EXPECT_EQ(status.code(), features->matches_maps ? rule.code : AnswerOfOldKernels(rule))
        << status;
  }
}

}  // namespace
}  // namespace nftsvc::netlink
