// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "src/nft/ruleset.h"
#include "tests/support/builders.h"

namespace nftsvc::nft {
namespace {

using base::Family;
using testing::Cidr;
using testing::FrontendAt;
using testing::Ip;

std::string Line(Statement statement, Family family = Family::kIPv4) {
  return PrintRule({std::move(statement)}, family);
}

const Selectors kFrontend = {
    {.field = Field::kDaddr}, {.field = Field::kL4Proto}, {.field = Field::kDport}};

TEST(PrintRuleTest, EveryStatementPrintsAsNftListsIt) {
  EXPECT_EQ(Line(MatchAddress{.field = Field::kSaddr, .prefix = Cidr("10.0.0.0/8")}),
            "ip saddr 10.0.0.0/8");
  EXPECT_EQ(Line(MatchAddress{.field = Field::kDaddr, .negate = true, .prefix = Cidr("127.0.0.1")}),
            "ip daddr != 127.0.0.1");
  EXPECT_EQ(Line(MatchInterface{.name = "cbr0"}), "iifname \"cbr0\"");
  EXPECT_EQ(Line(MatchInterface{.negate = true, .name = "veth", .is_prefix = true}),
            "iifname != \"veth*\"");
  EXPECT_EQ(Line(MatchDnat{}), "ct status dnat");
  EXPECT_EQ(Line(MatchMark{0x4000}), "meta mark & 0x00004000 != 0x00000000");
  EXPECT_EQ(Line(MatchLocal{Field::kSaddr}), "fib saddr type local");
  EXPECT_EQ(Line(MatchLocal{Field::kDaddr, true}), "fib daddr type != local");
  EXPECT_EQ(Line(MatchSet{.key = {{.field = Field::kSaddr}, {.field = Field::kDaddr}},
                          .set = SetId::kHairpin}),
            "ip saddr . ip daddr @hairpin");
  EXPECT_EQ(Line(MatchSet{.key = kFrontend, .negate = true, .set = SetId::kAllowedSources}),
            "ip daddr . meta l4proto . th dport != @allowed-sources");
  EXPECT_EQ(Line(Vmap{.key = kFrontend, .map = SetId::kServices}),
            "ip daddr . meta l4proto . th dport vmap @services");
  EXPECT_EQ(Line(Masquerade{}), "masquerade");
  EXPECT_EQ(Line(Masquerade{.fully_random = true}), "masquerade fully-random");
  EXPECT_EQ(Line(SetMark{0x4000}), "meta mark set meta mark | 0x00004000");
  EXPECT_EQ(Line(FlipMark{0x80000000}), "meta mark set meta mark ^ 0x80000000");
  EXPECT_EQ(Line(Goto{"random-3"}), "goto random-3");
  EXPECT_EQ(Line(Jump{"services"}), "jump services");
  EXPECT_EQ(Line(Drop{}), "drop");
  EXPECT_EQ(Line(Reject{}), "reject");
}

TEST(PrintRuleTest, ADrawPrintsItsModulusAndWhereItBegins) {
  DnatToMap dnat{.key = kFrontend, .map = SetId::kEndpoints};
  dnat.key.push_back({.field = Field::kNumgenRandom, .modulus = 3});
  EXPECT_EQ(Line(dnat),
            "dnat ip to ip daddr . meta l4proto . th dport . numgen random mod 3 map @endpoints");
  dnat.key.back().offset = 32'768;
  EXPECT_EQ(Line(dnat, Family::kIPv6),
            "dnat ip6 to ip6 daddr . meta l4proto . th dport . numgen random mod 3 offset 32768 "
            "map @endpoints");
}

TEST(PrintRuleTest, IPv6HasItsOwnAddresses) {
  EXPECT_EQ(Line(MatchAddress{.field = Field::kSaddr, .prefix = Cidr("fd00::/64")}, Family::kIPv6),
            "ip6 saddr fd00::/64");
}

TEST(PrintRuleTest, StatementsStandInALine) {
  EXPECT_EQ(PrintRule({MatchDnat{}, MatchMark{0x4000}, Jump{"unserved"}}, Family::kIPv4),
            "ct status dnat meta mark & 0x00004000 != 0x00000000 jump unserved");
}

TEST(PrintHookTest, PrioritiesHaveTheNamesThatNftGivesThem) {
  const auto print = [](ChainType type, HookPoint point, int priority) {
    return PrintHook({.type = type, .point = point, .priority = priority});
  };
  EXPECT_EQ(print(ChainType::kNat, HookPoint::kPrerouting, -100),
            "type nat hook prerouting priority dstnat; policy accept;");
  EXPECT_EQ(print(ChainType::kFilter, HookPoint::kPrerouting, -110),
            "type filter hook prerouting priority dstnat - 10; policy accept;");
  EXPECT_EQ(print(ChainType::kNat, HookPoint::kOutput, -100),
            "type nat hook output priority -100; policy accept;")
      << "nft 1.0.6 knows dstnat in prerouting only";
  EXPECT_EQ(print(ChainType::kNat, HookPoint::kPostrouting, 100),
            "type nat hook postrouting priority srcnat; policy accept;");
  EXPECT_EQ(print(ChainType::kFilter, HookPoint::kForward, 0),
            "type filter hook forward priority filter; policy accept;");
  EXPECT_EQ(print(ChainType::kFilter, HookPoint::kInput, 7),
            "type filter hook input priority 7; policy accept;");
}

TEST(PrintSetHeaderTest, NamesTheExpressionsOfKeyAndData) {
  EXPECT_EQ(PrintSetHeader(SetId::kServices, Family::kIPv4),
            "typeof ip daddr . meta l4proto . th dport : verdict");
  EXPECT_EQ(PrintSetHeader(SetId::kEndpoints, Family::kIPv6),
            "typeof ip6 daddr . meta l4proto . th dport . numgen random mod 65536 : ip6 daddr . th "
            "dport");
  EXPECT_EQ(PrintSetHeader(SetId::kProtocols, Family::kIPv4), "typeof meta l4proto");
}

Element ElementOf(SetId set, const Bytes& key) {
  Element element;
  element.id = {.family = Family::kIPv4, .set = set, .key = key};
  return element;
}

TEST(PrintElementTest, FrontendsShowTheirVerdictAndComment) {
  Element element = ElementOf(SetId::kServices, FrontendKey(FrontendAt("10.96.0.1:80/tcp")));
  element.verdict = VerdictCode::kGoto;
  element.chain = "random-3";
  EXPECT_EQ(PrintElement(element), "10.96.0.1 . tcp . 80 : goto random-3");
  element.comment = "default/web";
  EXPECT_EQ(PrintElement(element), "10.96.0.1 . tcp . 80 comment \"default/web\" : goto random-3");
  element.verdict = VerdictCode::kDrop;
  EXPECT_EQ(PrintElement(element), "10.96.0.1 . tcp . 80 comment \"default/web\" : drop");
}

TEST(PrintElementTest, SlotsShowTheirEndpoint) {
  Element element =
      ElementOf(SetId::kNodePortEndpoints, SlotKey(FrontendAt("node port 30080/sctp"), 32'768));
  element.value = EndpointValue(Ip("10.0.0.2"), 8080);
  EXPECT_EQ(PrintElement(element), "sctp . 30080 . 32768 : 10.0.0.2 . 8080");
}

TEST(PrintElementTest, RangesPrintAsPrefixes) {
  const auto print = [](const char* range) {
    Element element =
        ElementOf(SetId::kAllowedSources, FrontendKey(FrontendAt("10.96.0.1:80/tcp")));
    element.value = element.id.key;
    element.id.key.Append(Cidr(range).address().bytes());
    element.value.Append(Cidr(range).LastAddress().bytes());
    return PrintElement(element);
  };
  EXPECT_EQ(print("203.0.113.0/24"), "10.96.0.1 . tcp . 80 . 203.0.113.0/24");
  EXPECT_EQ(print("203.0.113.5"), "10.96.0.1 . tcp . 80 . 203.0.113.5");
  EXPECT_EQ(print("0.0.0.0/0"), "10.96.0.1 . tcp . 80 . 0.0.0.0/0");
}

TEST(PrintElementTest, WhatOthersPutIntoOurSetsPrintsAsItIs) {
  Element range = ElementOf(SetId::kAllowedSources, FrontendKey(FrontendAt("10.96.0.1:80/tcp")));
  range.value = range.id.key;
  range.id.key.Append(Ip("10.0.0.1").bytes());
  range.value.Append(Ip("10.0.0.6").bytes());
  EXPECT_EQ(PrintElement(range), "10.96.0.1 . tcp . 80 . 10.0.0.1-10.0.0.6");
  Bytes udplite;
  const uint8_t number = 136;
  udplite.Append({&number, 1});
  EXPECT_EQ(PrintElement(ElementOf(SetId::kProtocols, udplite)), "136");
}

TEST(PrintRulesetTest, ElementsAreListedByTheNumbersInTheirKeys) {
  Ruleset ruleset;
  for (const uint32_t slot : {256, 0, 1}) {
    Element& element = ruleset.elements.emplace_back(
        ElementOf(SetId::kEndpoints, SlotKey(FrontendAt("10.96.0.1:80/tcp"), slot)));
    element.value = EndpointValue(Ip("10.0.0.2"), 80);
  }
  const std::string text = Print(ruleset);
  const std::string want =
      "elements = { 10.96.0.1 . tcp . 80 . 0 : 10.0.0.2 . 80,\n"
      "\t\t\t     10.96.0.1 . tcp . 80 . 1 : 10.0.0.2 . 80,\n"
      "\t\t\t     10.96.0.1 . tcp . 80 . 256 : 10.0.0.2 . 80 }";
  EXPECT_NE(text.find(want), std::string::npos) << text;
}

TEST(PrintRulesetTest, BothTablesHaveEverySet) {
  const std::string text = Print(Ruleset());
  for (const char* table : {"table ip nftsvc {\n", "table ip6 nftsvc {\n"}) {
    size_t at = text.find(table);
    ASSERT_NE(at, std::string::npos) << table;
    for (const SetId set : AllSets()) {
      at = text.find(absl::StrCat(" ", DeclarationOf(set).name, " {\n"), at);
      ASSERT_NE(at, std::string::npos) << DeclarationOf(set).name;
    }
  }
}

TEST(RuleDigestTest, TellsRulesAndFamiliesApart) {
  const Rule rule = {MatchDnat{}, Jump{"unserved"}};
  EXPECT_EQ(RuleDigest(rule, Family::kIPv4), RuleDigest(rule, Family::kIPv4));
  EXPECT_NE(RuleDigest(rule, Family::kIPv4), RuleDigest(rule, Family::kIPv6));
  EXPECT_NE(RuleDigest(rule, Family::kIPv4), RuleDigest({MatchDnat{}}, Family::kIPv4));
  EXPECT_NE(RuleDigest({}, Family::kIPv4), 0U);
}

TEST(PrintTest, ACatchAllElementHasNoKey) {
  for (const SetId set : AllSets()) {
    EXPECT_EQ(PrintKey({.family = base::Family::kIPv6, .set = set, .key = {}}, {}), "*");
  }
}

}  // namespace
}  // namespace nftsvc::nft
