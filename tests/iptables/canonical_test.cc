// SPDX-License-Identifier: Apache-2.0
#include "src/iptables/canonical.h"

#include <gtest/gtest.h>

#include "absl/strings/str_split.h"

namespace nftsvc::iptables {
namespace {

Rule Words(absl::string_view text) { return absl::StrSplit(text, ' '); }

void ExpectSame(absl::string_view a, absl::string_view b) {
  EXPECT_EQ(Canonical(Words(a)), Canonical(Words(b))) << a;
}

void ExpectDifferent(absl::string_view a, absl::string_view b) {
  EXPECT_NE(Canonical(Words(a)), Canonical(Words(b))) << a;
}

// Left, what we write; right, what iptables-save 1.8.9 prints of it.
TEST(CanonicalTest, WhatIsWrittenIsWhatIsSaved) {
  ExpectSame("-m comment --comment a -m tcp -p tcp -d 10.96.0.1 --dport 80 -j KUBE-SVC-A",
             "-d 10.96.0.1/32 -p tcp -m comment --comment a -m tcp --dport 80 -j KUBE-SVC-A");
  ExpectSame("-d fd00::1 -j DROP", "-d fd00::1/128 -j DROP");
  ExpectSame("-m addrtype --dst-type LOCAL ! -d ::1/128 -j KUBE-NODEPORTS",
             "! -d ::1/128 -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS");
  ExpectSame("-j MARK --or-mark 0x00004000", "-j MARK --set-xmark 0x4000/0x4000");
  ExpectSame("-j MARK --xor-mark 0x00004000", "-j MARK --set-xmark 0x4000/0x0");
  ExpectSame("-m mark ! --mark 0x00004000/0x00004000 -j RETURN",
             "-m mark ! --mark 0x4000/0x4000 -j RETURN");
  ExpectSame("-j REJECT", "-j REJECT --reject-with icmp-port-unreachable");
  ExpectSame("-j REJECT", "-j REJECT --reject-with icmp6-port-unreachable");
  ExpectSame("-m statistic --mode random --probability 0.3333333333 -j A",
             "-m statistic --mode random --probability 0.33333333349 -j A");
  ExpectSame("-m statistic --mode nth --every 3 --packet 0 -j A",
             "-m statistic --mode nth --every 3 -j A");
  ExpectSame("-m recent --name A --rcheck --seconds 10800 --reap -j A",
             "-m recent --rcheck --seconds 10800 --reap --name A --mask 255.255.255.255 --rsource "
             "-j A");
}

TEST(CanonicalTest, WhatMattersIsTold) {
  ExpectDifferent("-d 10.96.0.1 -j DROP", "! -d 10.96.0.1 -j DROP");
  ExpectDifferent("-d 10.96.0.1 -j DROP", "-d 10.96.0.0/24 -j DROP");
  ExpectDifferent("-d 10.96.0.1 -j DROP", "-s 10.96.0.1 -j DROP");
  ExpectDifferent("-d 10.96.0.1 -j A", "-d 10.96.0.1 -g A");
  ExpectDifferent("-d 10.96.0.1 -j A", "-d 10.96.0.1");
  ExpectDifferent("-j MARK --or-mark 0x4000", "-j MARK --xor-mark 0x4000");
  ExpectDifferent("-m mark --mark 0x4000/0x4000", "-m mark --mark 0x4000");
  ExpectDifferent("-j REJECT", "-j REJECT --reject-with tcp-reset");
  ExpectDifferent("-m statistic --mode random --probability 0.3333333333 -j A",
                  "-m statistic --mode random --probability 0.3333333345 -j A");
  ExpectDifferent("-m recent --name A --rcheck --seconds 60 -j A",
                  "-m recent --name A --rcheck --seconds 61 -j A");
  ExpectDifferent("-j MASQUERADE", "-j MASQUERADE --random-fully");
  EXPECT_NE(Canonical({"-m", "comment", "--comment", "a b"}),
            Canonical({"-m", "comment", "--comment", "a  b"}));
}

TEST(CanonicalTest, RulesOfOthersAreComparedAsTheyAreWritten) {
  ExpectSame("-i eth0 -m set --match-set a src -j DROP",
             "-i eth0 -m set --match-set a src -j DROP");
  ExpectDifferent("-m set --match-set a src -j DROP", "-m set --match-set a dst -j DROP");
  ExpectDifferent("-m mark --mark 0xzz -j DROP", "-m mark --mark 0 -j DROP");
  EXPECT_EQ(Canonical({}), Canonical({}));
}

TEST(CanonicalTest, TheTargetIsWhereARuleJumpsOrGoes) {
  EXPECT_EQ(TargetOf(Words("-d 10.96.0.1 -j A")), "A");
  EXPECT_EQ(TargetOf(Words("-d 10.96.0.1 -g A")), "A");
  EXPECT_EQ(TargetOf(Words("-m comment --comment a")), "");
  EXPECT_EQ(TargetOf({"-j"}), "");
}

}  // namespace
}  // namespace nftsvc::iptables
