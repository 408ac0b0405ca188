// SPDX-License-Identifier: Apache-2.0
#include "src/iptables/rule_kinds.h"

#include <gtest/gtest.h>

#include "absl/strings/str_split.h"

namespace nftsvc::iptables {
namespace {

// Of arguments without quotes.
SavedRule RuleOf(absl::string_view text) { return ReadRule(absl::StrSplit(text, ' '), 1); }

TEST(RuleKindsTest, ChainsAreOfServicesOrNot) {
  for (const char* name : {"KUBE-POSTROUTING", "KUBE-MARK-MASQ", "KUBE-PROXY-CANARY"}) {
    EXPECT_TRUE(IsStaticChain(name)) << name;
  }
  for (const char* name : {"KUBE-SERVICES", "KUBE-NODEPORTS", "KUBE-SVC-A"}) {
    EXPECT_FALSE(IsStaticChain(name)) << name;
  }
  EXPECT_TRUE(IsOfIpvs("KUBE-IPVS-FILTER"));
  EXPECT_FALSE(IsOfIpvs("KUBE-SERVICES"));
  EXPECT_TRUE(IsMark("KUBE-MARK-MASQ"));
  EXPECT_FALSE(IsMark("KUBE-SVC-A"));
}

TEST(RuleKindsTest, AFrontendIsOneAddressAndAPort) {
  const char* const frontend = "-d 10.96.0.1/32 -p tcp -m tcp --dport 80 -j KUBE-SVC-A";
  EXPECT_TRUE(NamesPort(RuleOf(frontend)));
  EXPECT_TRUE(NamesFrontend(RuleOf(frontend)));
  const char* const port = "-p tcp -m tcp --dport 80 -j KUBE-SVC-A";
  EXPECT_TRUE(NamesPort(RuleOf(port)));
  EXPECT_FALSE(NamesFrontend(RuleOf(port)));
  for (const char* other :
       {"-d 10.96.0.0/16 -p tcp -m tcp --dport 80 -j A", "! -d 10.96.0.1/32 -p tcp --dport 80 -j A",
        "-s 10.0.0.1/32 -d 10.96.0.1/32 -p tcp --dport 80 -j A", "-d 10.96.0.1/32 -p tcp -j A",
        "-d 10.96.0.1/32 -i eth0 -p tcp --dport 80 -j A"}) {
    EXPECT_FALSE(NamesFrontend(RuleOf(other))) << other;
  }
}

TEST(RuleKindsTest, TranslatedPacketsMayBePassed) {
  EXPECT_TRUE(PassesTranslated(RuleOf("-m conntrack --ctstate DNAT -j RETURN")));
  EXPECT_FALSE(PassesTranslated(RuleOf("-s 10.0.0.0/8 -j RETURN")));
  EXPECT_FALSE(PassesTranslated(RuleOf("-j DROP")));
}

}  // namespace
}  // namespace nftsvc::iptables
