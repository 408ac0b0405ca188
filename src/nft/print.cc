// SPDX-License-Identifier: Apache-2.0
//
// Ruleset → nft's language, spelled as nft 1.0.6 lists it.
#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "src/base/protocol.h"
#include "src/base/stable_hash.h"
#include "src/nft/ruleset.h"

namespace nftsvc::nft {
namespace {

using base::Family;

absl::string_view Ip(Family family) { return family == Family::kIPv4 ? "ip" : "ip6"; }

std::string PrintModulus(const Selector& selector) {
  std::string text = absl::StrCat(" mod ", selector.modulus);
  if (selector.field == Field::kSourceHash || selector.field == Field::kFlowHash) {
    absl::StrAppendFormat(&text, " seed 0x%x", kHashSeed);
  }
  if (selector.offset != 0) absl::StrAppend(&text, " offset ", selector.offset);
  return text;
}

std::string PrintSelector(const Selector& selector, Family family) {
  switch (selector.field) {
    case Field::kSaddr:
      return absl::StrCat(Ip(family), " saddr");
    case Field::kDaddr:
      return absl::StrCat(Ip(family), " daddr");
    case Field::kL4Proto:
      return "meta l4proto";
    case Field::kDport:
      return "th dport";
    case Field::kNumgenRandom:
      return absl::StrCat("numgen random", PrintModulus(selector));
    case Field::kNumgenInc:
      return absl::StrCat("numgen inc", PrintModulus(selector));
    case Field::kSourceHash:
      return absl::StrCat("jhash ", Ip(family), " saddr", PrintModulus(selector));
    case Field::kFlowHash:
      return absl::StrCat("jhash ", Ip(family), " saddr . th sport", PrintModulus(selector));
  }
  return "";
}

std::string PrintSelectors(const Selectors& selectors, Family family) {
  return absl::StrJoin(selectors, " . ", [family](std::string* out, const Selector& selector) {
    absl::StrAppend(out, PrintSelector(selector, family));
  });
}

absl::string_view SetName(SetId set) { return DeclarationOf(set).name; }

// As nft lists a timeout: "3h", "1h30m", "1d".
std::string PrintTimeout(std::chrono::seconds timeout) {
  std::string text;
  uint64_t left = static_cast<uint64_t>(timeout.count());
  for (const auto& [unit, seconds] :
       {std::pair("d", 86'400u), std::pair("h", 3'600u), std::pair("m", 60u), std::pair("s", 1u)}) {
    if (left >= seconds) absl::StrAppend(&text, left / seconds, unit);
    left %= seconds;
  }
  return text;
}

// One overload for each kind of statement.
struct StatementPrinter {
  Family family;

  std::string operator()(const MatchAddress& s) const {
    return absl::StrCat(PrintSelector({.field = s.field}, family), s.negate ? " != " : " ",
                        s.prefix.ToString());
  }
  std::string operator()(const MatchInterface& s) const {
    return absl::StrCat("iifname ", s.negate ? "!= " : "", "\"", s.name, s.is_prefix ? "*" : "",
                        "\"");
  }
  std::string operator()(const MatchDnat&) const { return "ct status dnat"; }
  std::string operator()(const MatchMark& s) const {
    return absl::StrFormat("meta mark & 0x%08x != 0x00000000", s.bits);
  }
  std::string operator()(const MatchLocal& s) const {
    return absl::StrCat("fib ", s.field == Field::kSaddr ? "saddr" : "daddr", " type ",
                        s.negate ? "!= " : "", "local");
  }
  std::string operator()(const MatchProtocol& s) const {
    return absl::StrCat("meta l4proto ", base::ProtocolName(s.protocol));
  }
  std::string operator()(const MatchSet& s) const {
    return absl::StrCat(PrintSelectors(s.key, family), s.negate ? " != @" : " @", SetName(s.set));
  }
  std::string operator()(const Vmap& s) const {
    return absl::StrCat(PrintSelectors(s.key, family), " vmap @", SetName(s.map));
  }
  std::string operator()(const DnatToMap& s) const {
    return absl::StrCat("dnat ", Ip(family), " to ", PrintSelectors(s.key, family), " map @",
                        SetName(s.map));
  }
  std::string operator()(const Dnat& s) const {
    return absl::StrCat("dnat to ", base::HostPort(s.address, s.port));
  }
  std::string operator()(const MatchKept& s) const {
    return absl::StrCat(Ip(family), " saddr @", s.map);
  }
  std::string operator()(const Keep& s) const {
    return absl::StrCat("update @", s.map, " { ", Ip(family), " saddr timeout ",
                        PrintTimeout(s.timeout), " : ", s.endpoint.ToString(), " }");
  }
  std::string operator()(const DnatToKept& s) const {
    return absl::StrCat("dnat to ", Ip(family), " saddr map @", s.map, ":", s.port);
  }
  std::string operator()(const Masquerade& s) const {
    return s.fully_random ? "masquerade fully-random" : "masquerade";
  }
  std::string operator()(const SetMark& s) const {
    return absl::StrFormat("meta mark set meta mark | 0x%08x", s.bits);
  }
  std::string operator()(const FlipMark& s) const {
    return absl::StrFormat("meta mark set meta mark ^ 0x%08x", s.bits);
  }
  std::string operator()(const Goto& s) const { return absl::StrCat("goto ", s.chain); }
  std::string operator()(const Jump& s) const { return absl::StrCat("jump ", s.chain); }
  std::string operator()(const Drop&) const { return "drop"; }
  std::string operator()(const Reject&) const { return "reject"; }
};

// The priority as nft lists it: by name where nft 1.0.6 has one for the hook.
std::string PrintPriority(const Hook& hook) {
  if (hook.point == HookPoint::kPrerouting) {
    if (hook.priority == -100) return "dstnat";
    if (hook.priority == -110) return "dstnat - 10";
  }
  if (hook.point == HookPoint::kPostrouting && hook.priority == 100) return "srcnat";
  if (hook.priority == 0) return "filter";
  return absl::StrCat(hook.priority);
}

absl::string_view HookName(HookPoint point) {
  switch (point) {
    case HookPoint::kPrerouting:
      return "prerouting";
    case HookPoint::kInput:
      return "input";
    case HookPoint::kForward:
      return "forward";
    case HookPoint::kOutput:
      return "output";
    case HookPoint::kPostrouting:
      return "postrouting";
  }
  return "";
}

// A prefix if it is one. Ours are; others may have put any range into our set.
std::string PrintRange(const base::IpAddress& first, const base::IpAddress& last) {
  const size_t bits = first.bytes().size() * 8;
  for (size_t length = 0; length <= bits; ++length) {
    const base::IpPrefix prefix(first, static_cast<uint8_t>(length));
    if (prefix.address() == first && prefix.LastAddress() == last) return prefix.ToString();
  }
  return absl::StrCat(first.ToString(), "-", last.ToString());
}

// The field of a key at `offset`; `end` is the range's last key for the fields of an interval set.
std::string PrintField(Field field, Family family, const Bytes& key, const Bytes& end,
                       size_t offset) {
  switch (field) {
    case Field::kSaddr:
    case Field::kDaddr: {
      const size_t size = FieldSize(field, family);
      const auto first = base::IpAddress::FromBytes(family, key.span().subspan(offset, size));
      if (end.empty()) return first.ToString();
      const auto last = base::IpAddress::FromBytes(family, end.span().subspan(offset, size));
      return PrintRange(first, last);
    }
    case Field::kL4Proto: {
      const uint8_t number = key.span()[offset];
      const absl::string_view name = base::ProtocolName(static_cast<base::Protocol>(number));
      return name.empty() ? absl::StrCat(number) : std::string(name);
    }
    case Field::kDport:
      return absl::StrCat(PortAt(key, offset));
    case Field::kNumgenRandom:
    case Field::kNumgenInc:
    case Field::kSourceHash:
    case Field::kFlowHash:
      return absl::StrCat(SlotIn(key));
  }
  return "";
}

// nft lists elements by the numbers in their keys. All fields but a slot are in network order, so
// that their bytes compare as their numbers do.
bool IsListedBefore(const Element* a, const Element* b) {
  if (DeclarationOf(a->id.set).key.back() != Field::kNumgenRandom) return a->id.key < b->id.key;
  const auto frontend = [](const Element* e) {
    return e->id.key.span().first(e->id.key.size() - 4);
  };
  const auto order = std::lexicographical_compare_three_way(frontend(a).begin(), frontend(a).end(),
                                                            frontend(b).begin(), frontend(b).end());
  return order != 0 ? order < 0 : SlotIn(a->id.key) < SlotIn(b->id.key);
}

void PrintSet(SetId set, Family family, std::vector<const Element*> elements, size_t count,
              std::string& out) {
  std::sort(elements.begin(), elements.end(), IsListedBefore);
  const SetDeclaration& declaration = DeclarationOf(set);
  absl::StrAppend(&out, "\t", declaration.data == SetData::kNone ? "set " : "map ",
                  declaration.name, " {\n\t\t", PrintSetHeader(set, family), "\n");
  if (!declaration.interval) absl::StrAppend(&out, "\t\tsize ", CapacityFor(count), "\n");
  const std::string flags = PrintSetFlags(set);
  if (!flags.empty()) absl::StrAppend(&out, "\t\tflags ", flags, "\n");
  if (declaration.counter) absl::StrAppend(&out, "\t\tcounter\n");
  if (!elements.empty()) {
    const auto print = [](std::string* text, const Element* element) {
      absl::StrAppend(text, PrintElement(*element));
    };
    absl::StrAppend(&out, "\t\telements = { ", absl::StrJoin(elements, ",\n\t\t\t     ", print),
                    " }\n");
  }
  absl::StrAppend(&out, "\t}\n");
}

void PrintAffinityMap(const AffinityMap& map, Family family, std::string& out) {
  absl::StrAppend(&out, "\n\tmap ", map.name, " {\n\t\t", PrintSetHeader(SetId::kAffinity, family),
                  "\n\t\tsize ", map.size, "\n\t\tflags ", PrintSetFlags(SetId::kAffinity),
                  "\n\t}\n");
}

void PrintChain(const Chain& chain, Family family, std::string& out) {
  absl::StrAppend(&out, "\n\tchain ", chain.name, " {\n");
  if (chain.hook.has_value()) absl::StrAppend(&out, "\t\t", PrintHook(*chain.hook), "\n");
  for (const Rule& rule : chain.rules) {
    absl::StrAppend(&out, "\t\t", PrintRule(rule, family), "\n");
  }
  absl::StrAppend(&out, "\t}\n");
}

}  // namespace

std::string PrintRule(const Rule& rule, Family family) {
  return absl::StrJoin(rule, " ", [family](std::string* out, const Statement& statement) {
    absl::StrAppend(out, std::visit(StatementPrinter{family}, statement));
  });
}

std::string PrintHook(const Hook& hook) {
  return absl::StrCat("type ", hook.type == ChainType::kNat ? "nat" : "filter", " hook ",
                      HookName(hook.point), " priority ", PrintPriority(hook), "; policy accept;");
}

std::string PrintSetHeader(SetId set, Family family) {
  const SetDeclaration& declaration = DeclarationOf(set);
  Selectors key;
  for (Field field : declaration.key) {
    // nft wants to see some numgen expression to know that a slot is a number; 65,536 bounds them
    // all.
    key.push_back({.field = field, .modulus = 65'536});
  }
  std::string header = absl::StrCat("typeof ", PrintSelectors(key, family));
  if (declaration.data == SetData::kVerdict) absl::StrAppend(&header, " : verdict");
  if (declaration.data == SetData::kEndpoint) {
    absl::StrAppend(&header, " : ", Ip(family), " daddr . th dport");
  }
  if (declaration.data == SetData::kAddress) absl::StrAppend(&header, " : ", Ip(family), " daddr");
  return header;
}

std::string PrintSetFlags(SetId set) {
  const SetDeclaration& declaration = DeclarationOf(set);
  return declaration.interval ? "interval" : declaration.dynamic ? "dynamic,timeout" : "";
}

std::string PrintKey(const ElementKey& id, const Bytes& range_end) {
  if (IsCatchAll(id)) return "*";
  std::string text;
  size_t offset = 0;
  for (Field field : DeclarationOf(id.set).key) {
    absl::StrAppend(&text, text.empty() ? "" : " . ",
                    PrintField(field, id.family, id.key, range_end, offset));
    offset += FieldSize(field, id.family);
  }
  return text;
}

std::string PrintElement(const Element& element) {
  const SetDeclaration& declaration = DeclarationOf(element.id.set);
  std::string text = PrintKey(element.id, declaration.interval ? element.value : Bytes());
  if (!element.comment.empty()) absl::StrAppend(&text, " comment \"", element.comment.view(), "\"");
  if (element.verdict == VerdictCode::kDrop) absl::StrAppend(&text, " : drop");
  if (element.verdict == VerdictCode::kGoto)
    absl::StrAppend(&text, " : goto ", element.chain.view());
  if (declaration.data == SetData::kEndpoint) {
    const Family family = element.id.family;
    absl::StrAppend(&text, " : ", AddressIn(family, element.value).ToString(), " . ",
                    PortAt(element.value, FieldSize(Field::kDaddr, family)));
  }
  return text;
}

std::string Print(const Ruleset& ruleset) {
  std::string out;
  for (Family family : base::kFamilies) {
    const size_t table = static_cast<size_t>(family);
    std::array<std::vector<const Element*>, kSetCount> elements;
    for (const Element& element : ruleset.elements) {
      if (element.id.family != family) continue;
      elements[static_cast<size_t>(element.id.set)].push_back(&element);
    }
    absl::StrAppend(&out, "table ", Ip(family), " ", kTableName, " {\n\tcomment \"", kTableComment,
                    "\"\n");
    for (SetId set : AllSets()) {
      const size_t index = static_cast<size_t>(set);
      if (set != AllSets().front()) absl::StrAppend(&out, "\n");
      PrintSet(set, family, elements[index], ruleset.counts[table][index], out);
    }
    for (const AffinityMap& map : ruleset.affinity_maps[table]) PrintAffinityMap(map, family, out);
    for (const Chain& chain : ruleset.skeleton.chains[table]) PrintChain(chain, family, out);
    absl::StrAppend(&out, "}\n");
  }
  return out;
}

uint64_t RuleDigest(const Rule& rule, Family family) {
  // Raise when the netlink encoding of an unchanged rule changes.
  constexpr absl::string_view kEncoding = "1";
  const uint64_t hash =
      base::StableHash(absl::StrCat(kEncoding, Ip(family), PrintRule(rule, family)));
  return hash == 0 ? 1 : hash;
}

}  // namespace nftsvc::nft
