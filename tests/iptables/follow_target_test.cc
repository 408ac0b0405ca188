// SPDX-License-Identifier: Apache-2.0
#include "src/iptables/follow_target.h"

#include <gtest/gtest.h>

#include "tests/iptables/printed.h"

namespace nftsvc::iptables {
namespace {

constexpr char kFollowedText[] = R"(*nat
:KUBE-SERVICES - [0:0]
:KUBE-SVC-A - [0:0]
:KUBE-SVC-B - [0:0]
:KUBE-SVL-A - [0:0]
:KUBE-EXT-A - [0:0]
:KUBE-FW-A - [0:0]
-A KUBE-FW-A -s 10.9.0.0/16 -j KUBE-EXT-A
-A KUBE-EXT-A -s 10.1.0.0/16 -j KUBE-SVC-A
-A KUBE-EXT-A -j KUBE-SVL-A
COMMIT
)";

// Follows rules that jump to these chains.
class FollowTargetTest : public ::testing::Test {
 protected:
  void Follow(absl::string_view target) {
    SavedRule rule;
    rule.line = 99;
    rule.target = target;
    FollowTarget(rule, base::Family::kIPv4, {&reader_, nullptr}, policy_,
                 {.service = service_, .port = &port_}, notes_);
  }

  KubeTables tables_ = TablesOf(kFollowedText);
  ImportNotes notes_;
  ChainReader reader_ = ChainReader(*tables_.nat[0], notes_);
  FoundService service_;
  FoundPort port_;
  FoundPolicy policy_;
};

TEST_F(FollowTargetTest, LeadsThroughTheFirewallToWhatBalances) {
  Follow("KUBE-FW-A");
  ASSERT_NE(port_.cluster[0], nullptr);
  ASSERT_NE(port_.local[0], nullptr);
  EXPECT_EQ(port_.cluster[0]->name, "KUBE-SVC-A");
  EXPECT_EQ(port_.local[0]->name, "KUBE-SVL-A");
  EXPECT_EQ(service_.firewalls[0].size(), 1U);
  EXPECT_EQ(policy_.local_line, 99U);
  EXPECT_EQ(policy_.cluster_line, 0U);
}

TEST_F(FollowTargetTest, WhatContradictsIsANoteAndTheFirstStays) {
  Follow("KUBE-SVC-A");
  EXPECT_FALSE(notes_.Has(kNotUnderstood));
  Follow("KUBE-SVC-B");
  EXPECT_TRUE(notes_.Has(kNotUnderstood));
  EXPECT_EQ(port_.cluster[0]->name, "KUBE-SVC-A");
}

TEST_F(FollowTargetTest, AChainThatIsNotThereLeadsNowhere) {
  Follow("KUBE-SVC-NONE");
  EXPECT_EQ(port_.cluster[0], nullptr);
  EXPECT_EQ(std::move(notes_).Take().size(), 1U);
}

}  // namespace
}  // namespace nftsvc::iptables
