// SPDX-License-Identifier: Apache-2.0
#include "src/iptables/saved_rule.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace nftsvc::iptables {
namespace {

// What was read of the words of a rule.
std::string ReadSavedRule(absl::string_view words) {
  const std::vector<absl::string_view> arguments = absl::StrSplit(words, ' ');
  const SavedRule rule = ReadRule(arguments, 7);
  EXPECT_EQ(rule.line, 7u);
  std::string text;
  const auto add = [&](auto... parts) {
    absl::StrAppend(&text, text.empty() ? "" : " ", parts...);
  };
  if (rule.source) add(rule.not_source ? "not " : "", "from ", rule.source->ToString());
  if (rule.destination)
    add(rule.not_destination ? "not " : "", "to ", rule.destination->ToString());
  if (!rule.in_interface.empty())
    add(rule.not_in_interface ? "not " : "", "in ", rule.in_interface);
  if (rule.from_local) add("from local");
  if (rule.to_local) add("to local");
  if (rule.protocol) add(base::ProtocolName(*rule.protocol));
  if (rule.port != 0) add("port ", rule.port);
  if (rule.probability) add(rule.in_turn ? "turn " : "p ", *rule.probability);
  if (rule.recent_seconds != 0) add("recent ", rule.recent_seconds);
  if (!rule.comment.empty()) add("says ", rule.comment);
  if (!rule.target.empty()) add("-> ", rule.target);
  if (!rule.to_destination.empty()) add("at ", rule.to_destination);
  if (!rule.mark.empty()) add("mark ", rule.mark);
  if (rule.random_fully) add("fully random");
  if (!rule.strange.empty()) add("strange: ", rule.strange);
  return text;
}

TEST(SavedRuleTest, ReadsWhatDispatches) {
  EXPECT_EQ(ReadSavedRule(
                "-d 10.96.0.1/32 -p tcp -m comment --comment x -m tcp --dport 443 -j KUBE-SVC-A"),
            "to 10.96.0.1 tcp port 443 says x -> KUBE-SVC-A");
  EXPECT_EQ(ReadSavedRule("-m udp -p udp -d fd00::1 --dport 53 -g A"),
            "to fd00::1 udp port 53 -> A");
  EXPECT_EQ(ReadSavedRule("-p sctp -m sctp --dport 9 -m addrtype --dst-type LOCAL -j A"),
            "to local sctp port 9 -> A");
}

TEST(SavedRuleTest, ReadsNegationsOfBothKinds) {
  EXPECT_EQ(ReadSavedRule("! -s 10.0.0.0/8 ! -d 127.0.0.0/8 -j A"),
            "not from 10.0.0.0/8 not to 127.0.0.0/8 -> A");
  EXPECT_EQ(ReadSavedRule("-s ! 10.0.0.0/8 -j A"), "not from 10.0.0.0/8 -> A");
  EXPECT_EQ(ReadSavedRule("! -i cni0 -j A"), "not in cni0 -> A");
  EXPECT_EQ(ReadSavedRule("-s 10.0.0.0/8 ! -i veth+ -j A"), "from 10.0.0.0/8 not in veth+ -> A");
}

TEST(SavedRuleTest, ReadsHowEndpointsAreChosen) {
  EXPECT_EQ(ReadSavedRule("-m statistic --mode random --probability 0.25000000000 -j A"),
            "p 0.25 -> A");
  EXPECT_EQ(ReadSavedRule("-m statistic --mode nth --every 4 --packet 0 -j A"), "turn 0.25 -> A");
  EXPECT_EQ(ReadSavedRule("-m statistic --mode nth --every 1 -j A"), "turn 1 -> A");
  EXPECT_EQ(
      ReadSavedRule("-m recent --rcheck --seconds 10800 --reap --name X --mask 255.255.255.255 "
                    "--rsource -j A"),
      "recent 10800 -> A");
  EXPECT_EQ(ReadSavedRule("-p tcp -m recent --set --name X --mask ffff:: --rsource -m tcp -j DNAT "
                          "--to-destination [fd00::1]:80"),
            "tcp -> DNAT at [fd00::1]:80");
}

TEST(SavedRuleTest, ReadsMarksAndMasquerading) {
  EXPECT_EQ(ReadSavedRule("-j MARK --set-xmark 0x4000/0x4000"), "-> MARK mark 0x4000/0x4000");
  EXPECT_EQ(ReadSavedRule("-j MARK --or-mark 0x8000"), "-> MARK mark 0x8000");
  EXPECT_EQ(ReadSavedRule("-m mark ! --mark 0x4000/0x4000 -j RETURN"), "-> RETURN");
  EXPECT_EQ(ReadSavedRule("-j MASQUERADE --random-fully"), "-> MASQUERADE fully random");
}

TEST(SavedRuleTest, PassesOverWhatChoosesNothing) {
  EXPECT_EQ(ReadSavedRule("-m physdev ! --physdev-is-in -m addrtype ! --src-type LOCAL -j A"),
            "-> A");
  EXPECT_EQ(ReadSavedRule("-m conntrack --ctstate NEW -m nfacct --nfacct-name x -j A"), "-> A");
  EXPECT_EQ(ReadSavedRule("-j REJECT --reject-with icmp-port-unreachable"), "-> REJECT");
}

TEST(SavedRuleTest, SaysWhatIsStrange) {
  EXPECT_EQ(ReadSavedRule("-m set --match-set KUBE-CLUSTER-IP dst,dst -j A"),
            "-> A strange: --match-set");
  EXPECT_EQ(ReadSavedRule("-d x -j A"), "-> A strange: -d");
  EXPECT_EQ(ReadSavedRule("-d 10.0.0.0/255.0.0.0 -j A"), "-> A strange: -d");
  EXPECT_EQ(ReadSavedRule("-p icmp -j A"), "-> A strange: -p");
  EXPECT_EQ(ReadSavedRule("! -p tcp -j A"), "tcp -> A strange: -p");
  EXPECT_EQ(ReadSavedRule("-p tcp --dport 80:90 -j A"), "tcp -> A strange: --dport");
  EXPECT_EQ(ReadSavedRule("-p tcp --dport 65536 -j A"), "tcp -> A strange: --dport");
  EXPECT_EQ(ReadSavedRule("-p tcp ! --dport 80 -j A"), "tcp port 80 -> A strange: --dport");
  EXPECT_EQ(ReadSavedRule("-m addrtype --src-type UNICAST -j A"), "-> A strange: --src-type");
  EXPECT_EQ(ReadSavedRule("--mode random --probability 1.5 -j A"), "-> A strange: --probability");
  EXPECT_EQ(ReadSavedRule("--mode random --probability nan -j A"), "-> A strange: --probability");
  EXPECT_EQ(ReadSavedRule("--mode nth --every 3 --packet 1 -j A"),
            "turn 0.333333 -> A strange: --packet");
  EXPECT_EQ(ReadSavedRule("--mode nth --every 0 -j A"), "-> A strange: --every");
  EXPECT_EQ(ReadSavedRule("-o eth0 -j A"), "-> A strange: -o");
  EXPECT_EQ(ReadSavedRule("word -j A"), "-> A strange: word");
  EXPECT_EQ(ReadSavedRule("-j"), "strange: -j");
  EXPECT_EQ(ReadSavedRule("-j A !"), "-> A strange: !");
  EXPECT_EQ(ReadSavedRule(""), "strange: \"\"");
}

TEST(SavedRuleTest, AValueMayLookLikeAnOption) {
  EXPECT_EQ(ReadSavedRule("-m comment --comment -j -j A"), "says -j -> A");
  EXPECT_EQ(ReadSavedRule("-m comment --comment ! -j A"), "says ! -> A");
}

TEST(SavedRuleTest, KnowsWhatTakesEveryPacket) {
  const auto is_unconditional = [](absl::string_view words) {
    const std::vector<absl::string_view> arguments = absl::StrSplit(words, ' ');
    return ReadRule(arguments, 1).is_unconditional();
  };
  EXPECT_TRUE(is_unconditional("-m comment --comment x -j A"));
  for (const char* condition :
       {"-s 10.0.0.0/8", "-d 10.0.0.1", "-i cni0", "-m addrtype --src-type LOCAL",
        "-m addrtype --dst-type LOCAL", "--probability 0.5", "--rcheck --seconds 7"}) {
    EXPECT_FALSE(is_unconditional(absl::StrCat(condition, " -j A"))) << condition;
  }
}

}  // namespace
}  // namespace nftsvc::iptables
