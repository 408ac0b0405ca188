// SPDX-License-Identifier: Apache-2.0
#include "tests/support/kernel_rules.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/support/builders.h"

namespace nftsvc::testing {
namespace {

using absl::StatusCode;
using nft::HookPoint;
using nft::SetId;
using Operations = std::vector<nft::Operation>;

constexpr base::Family kFamily = base::Family::kIPv4;
constexpr char kWeb[] = "10.96.0.1:80/tcp";

// Operations in short.

nft::Operation Table() { return nft::AddTable{kFamily}; }
nft::Operation Chain(const char* name) { return nft::AddChain{kFamily, name, std::nullopt}; }
nft::Operation NatChain(const char* name, HookPoint point, int priority) {
  return nft::AddChain{
      kFamily, name, nft::Hook{.type = nft::ChainType::kNat, .point = point, .priority = priority}};
}
nft::Operation FilterChain(const char* name, HookPoint point) {
  return nft::AddChain{kFamily, name, nft::Hook{.type = nft::ChainType::kFilter, .point = point}};
}
nft::Operation NoChain(const char* name) { return nft::DeleteChain{kFamily, name}; }
nft::Operation Flush(const char* name) { return nft::FlushChain{kFamily, name}; }
nft::Operation Rule(const char* chain, nft::Rule rule) {
  return nft::AddRule{kFamily, chain, std::move(rule)};
}
nft::Operation Set(SetId set, uint32_t size = 768) {
  return nft::AddSet{kFamily, set, nft::DeclarationOf(set).interval ? 0 : size};
}
nft::Operation NoSet(const char* name) { return nft::DeleteSet{kFamily, name}; }

nft::ElementKey ServiceKey(const char* frontend) {
  return {
      .family = kFamily, .set = SetId::kServices, .key = nft::FrontendKey(FrontendAt(frontend))};
}
nft::Operation Service(const char* frontend, const char* chain) {
  nft::AddElement add;
  add.element.id = ServiceKey(frontend);
  add.element.verdict = nft::VerdictCode::kGoto;
  add.element.chain = chain;
  return add;
}
nft::Operation NoService(const char* frontend) {
  return nft::DeleteElement{ServiceKey(frontend), {}};
}

nft::ElementKey SlotKey(uint32_t slot) {
  return {.family = kFamily, .set = SetId::kEndpoints, .key = nft::SlotKey(FrontendAt(kWeb), slot)};
}
nft::Operation Slot(uint32_t slot, const char* endpoint) {
  nft::AddElement add;
  add.element.id = SlotKey(slot);
  add.element.value = nft::EndpointValue(At(endpoint).address, At(endpoint).port);
  return add;
}
nft::Operation NoSlot(uint32_t slot) { return nft::DeleteElement{SlotKey(slot), {}}; }

nft::Element RangeElement(const char* range) {
  nft::Element element;
  element.id = {
      .family = kFamily, .set = SetId::kAllowedSources, .key = nft::FrontendKey(FrontendAt(kWeb))};
  element.value = element.id.key;
  element.id.key.Append(Cidr(range).address().bytes());
  element.value.Append(Cidr(range).LastAddress().bytes());
  return element;
}
nft::Operation Range(const char* range) {
  nft::AddElement add;
  add.element = RangeElement(range);
  return add;
}
nft::Operation NoRange(const char* range) {
  const nft::Element element = RangeElement(range);
  return nft::DeleteElement{element.id, element.value};
}

nft::Rule ByService() {
  using Field = nft::Field;
  return {
      nft::Vmap{{{.field = Field::kDaddr}, {.field = Field::kL4Proto}, {.field = Field::kDport}},
                SetId::kServices}};
}
nft::Rule Dnat() {
  using Field = nft::Field;
  return {nft::MatchSet{.key = {{.field = Field::kL4Proto}}, .set = SetId::kProtocols},
          nft::DnatToMap{{{.field = Field::kDaddr},
                          {.field = Field::kL4Proto},
                          {.field = Field::kDport},
                          {.field = Field::kNumgenRandom, .modulus = 2}},
                         SetId::kEndpoints}};
}

class RuleList {
 public:
  void Add(const char* name, Operations before, Operations tried, StatusCode code) {
    rules_.push_back({name, {std::move(before)}, {std::move(tried)}, code});
  }
  std::vector<KernelRule> Take() { return std::move(rules_); }

 private:
  std::vector<KernelRule> rules_;
};

void AddTablesAndChains(RuleList& list) {
  list.Add("a table may be there already", {Table()}, {Table()}, StatusCode::kOk);
  list.Add("a table that is not there cannot be deleted", {}, {nft::DeleteTable{kFamily}},
           StatusCode::kNotFound);
  list.Add("a table goes with all that it holds",
           {Table(), Chain("a"), Set(SetId::kServices), Service(kWeb, "a")},
           {nft::DeleteTable{kFamily}}, StatusCode::kOk);
  list.Add("a chain needs a table", {}, {Chain("a")}, StatusCode::kNotFound);
  list.Add("a chain that is there already is not added", {Table(), Chain("a")}, {Chain("a")},
           StatusCode::kAlreadyExists);
  list.Add("but one that is deleted before", {Table(), Chain("a")}, {NoChain("a"), Chain("a")},
           StatusCode::kOk);
  list.Add("a chain does not become a base chain", {Table(), Chain("a")},
           {FilterChain("a", HookPoint::kInput)}, StatusCode::kUnimplemented);
  list.Add("a base chain keeps its hook", {Table(), FilterChain("a", HookPoint::kInput)},
           {FilterChain("a", HookPoint::kForward)}, StatusCode::kAlreadyExists);
  list.Add("a base chain keeps its priority",
           {Table(), NatChain("a", HookPoint::kPrerouting, -100)},
           {NatChain("a", HookPoint::kPrerouting, -90)}, StatusCode::kAlreadyExists);
  list.Add("a chain that is not there cannot be deleted", {Table()}, {NoChain("a")},
           StatusCode::kNotFound);
  list.Add("a chain that is not there cannot be flushed", {Table()}, {Flush("a")},
           StatusCode::kNotFound);
  list.Add("a chain that a rule enters cannot be deleted",
           {Table(), Chain("a"), Chain("b"), Rule("b", {nft::Goto{"a"}})}, {NoChain("a")},
           StatusCode::kFailedPrecondition);
  list.Add("a chain goes with its own rules",
           {Table(), Chain("a"), Chain("b"), Rule("b", {nft::Goto{"a"}})},
           {NoChain("b"), NoChain("a")}, StatusCode::kOk);
  list.Add("a chain that an element goes to cannot be deleted",
           {Table(), Chain("a"), Set(SetId::kServices), Service(kWeb, "a")}, {NoChain("a")},
           StatusCode::kFailedPrecondition);
  list.Add("element then chain can go together",
           {Table(), Chain("a"), Set(SetId::kServices), Service(kWeb, "a")},
           {NoService(kWeb), NoChain("a")}, StatusCode::kOk);
  list.Add("chain then element cannot",
           {Table(), Chain("a"), Set(SetId::kServices), Service(kWeb, "a")},
           {NoChain("a"), NoService(kWeb)}, StatusCode::kFailedPrecondition);
}

void AddRules(RuleList& list) {
  list.Add("a rule needs its chain", {Table()}, {Rule("a", {nft::Drop{}})}, StatusCode::kNotFound);
  list.Add("a rule needs the chain that it enters", {Table(), Chain("a")},
           {Rule("a", {nft::Jump{"b"}})}, StatusCode::kNotFound);
  list.Add("a rule needs the set that it looks at", {Table(), Chain("a")}, {Rule("a", ByService())},
           StatusCode::kNotFound);
  list.Add("what a rule needs may come right before it", {Table()},
           {Set(SetId::kServices), Chain("a"), Rule("a", ByService())}, StatusCode::kOk);
  list.Add("a base chain is not entered",
           {Table(), Chain("a"), FilterChain("base", HookPoint::kInput)},
           {Rule("a", {nft::Jump{"base"}})}, StatusCode::kUnimplemented);
  list.Add("chains do not go round in a circle",
           {Table(), Chain("a"), Chain("b"), FilterChain("base", HookPoint::kInput),
            Rule("base", {nft::Jump{"a"}}), Rule("a", {nft::Jump{"b"}})},
           {Rule("b", {nft::Jump{"a"}})}, StatusCode::kFailedPrecondition);
  Operations deep = {Table(), Set(SetId::kServices), FilterChain("base", HookPoint::kInput)};
  for (int i = 0; i < 18; ++i) {
    deep.push_back(Chain(absl::StrCat("c", i).c_str()));
  }
  for (int i = 0; i < 17; ++i) {
    deep.push_back(Rule(absl::StrCat("c", i).c_str(), {nft::Jump{absl::StrCat("c", i + 1)}}));
  }
  list.Add("jumps are sixteen deep at most", std::move(deep), {Rule("base", {nft::Jump{"c0"}})},
           StatusCode::kFailedPrecondition);

  const Operations maps = {Table(), Set(SetId::kProtocols), Set(SetId::kEndpoints)};
  const auto with = [&maps](Operations more) {
    Operations all = maps;
    all.insert(all.end(), more.begin(), more.end());
    return all;
  };
  list.Add("destinations are translated in prerouting",
           with({NatChain("base", HookPoint::kPrerouting, -100)}), {Rule("base", Dnat())},
           StatusCode::kOk);
  list.Add("destinations are not translated in filter chains",
           with({FilterChain("base", HookPoint::kOutput)}), {Rule("base", Dnat())},
           StatusCode::kUnimplemented);
  list.Add("destinations are not translated in postrouting",
           with({NatChain("base", HookPoint::kPostrouting, 100)}), {Rule("base", Dnat())},
           StatusCode::kUnimplemented);
  list.Add("masquerading is for postrouting",
           with({NatChain("base", HookPoint::kPostrouting, 100)}),
           {Rule("base", {nft::Masquerade{}})}, StatusCode::kOk);
  list.Add("masquerading is not for output", with({NatChain("base", HookPoint::kOutput, -100)}),
           {Rule("base", {nft::Masquerade{}})}, StatusCode::kUnimplemented);
  list.Add("rejecting is for filter hooks", with({FilterChain("base", HookPoint::kForward)}),
           {Rule("base", {nft::Reject{}})}, StatusCode::kOk);
  list.Add("rejecting is for prerouting, and for chains that translate",
           with({NatChain("base", HookPoint::kPrerouting, -100)}), {Rule("base", {nft::Reject{}})},
           StatusCode::kOk);
  list.Add("rejecting is not for postrouting",
           with({NatChain("base", HookPoint::kPostrouting, 100)}), {Rule("base", {nft::Reject{}})},
           StatusCode::kUnimplemented);
}

void AddSets(RuleList& list) {
  list.Add("a set needs a table", {}, {Set(SetId::kServices)}, StatusCode::kNotFound);
  list.Add("a set may be there already", {Table(), Set(SetId::kServices)}, {Set(SetId::kServices)},
           StatusCode::kOk);
  list.Add("a set that is not there cannot be deleted", {Table()}, {NoSet("services")},
           StatusCode::kNotFound);
  list.Add("a set that a rule looks at cannot be deleted",
           {Table(), Set(SetId::kServices), Chain("a"), Rule("a", ByService())},
           {NoSet("services")}, StatusCode::kFailedPrecondition);
  list.Add("once no rule looks at it it can",
           {Table(), Set(SetId::kServices), Chain("a"), Rule("a", ByService())},
           {Flush("a"), NoSet("services"), Set(SetId::kServices), Rule("a", ByService())},
           StatusCode::kOk);
  list.Add("a set goes with its elements and what they refer to",
           {Table(), Chain("a"), Set(SetId::kServices), Service(kWeb, "a")},
           {NoSet("services"), NoChain("a")}, StatusCode::kOk);
}

void AddElements(RuleList& list) {
  const Operations services = {Table(), Chain("a"), Chain("b"), Set(SetId::kServices),
                               Service(kWeb, "a")};
  const Operations endpoints = {Table(), Set(SetId::kEndpoints, 2), Slot(0, "10.0.0.2:80"),
                                Slot(1, "10.0.0.3:80")};
  const Operations ranges = {Table(), Set(SetId::kAllowedSources), Range("10.0.0.0/16")};
  list.Add("an element needs a set", {Table()}, {Slot(0, "10.0.0.2:80")}, StatusCode::kNotFound);
  list.Add("an element needs the chain that it goes to", {Table(), Set(SetId::kServices)},
           {Service(kWeb, "a")}, StatusCode::kNotFound);
  list.Add("an element may be there already", services, {Service(kWeb, "a")}, StatusCode::kOk);
  list.Add("but not with another verdict", services, {Service(kWeb, "b")},
           StatusCode::kAlreadyExists);
  list.Add("and not with other data", endpoints, {Slot(0, "10.0.0.9:80")},
           StatusCode::kAlreadyExists);
  list.Add("to change one is to delete and add it", services, {NoService(kWeb), Service(kWeb, "b")},
           StatusCode::kOk);
  list.Add("an element that is not there cannot be deleted", services,
           {NoService("10.96.0.9:80/tcp")}, StatusCode::kNotFound);
  list.Add("nor can one be deleted twice", services, {NoService(kWeb), NoService(kWeb)},
           StatusCode::kNotFound);
  list.Add("a set holds no more than its size", endpoints, {Slot(2, "10.0.0.4:80")},
           StatusCode::kOutOfRange);
  list.Add("what is deleted makes room", endpoints, {NoSlot(0), Slot(2, "10.0.0.4:80")},
           StatusCode::kOk);
  list.Add("a range may be there already", ranges, {Range("10.0.0.0/16")}, StatusCode::kOk);
  list.Add("ranges may be neighbours", ranges, {Range("10.1.0.0/16")}, StatusCode::kOk);
  list.Add("ranges do not overlap", ranges, {Range("10.0.4.0/24")}, StatusCode::kAlreadyExists);
  list.Add("nor have two the same beginning", ranges, {Range("10.0.0.0/8")},
           StatusCode::kAlreadyExists);
  list.Add("a range is deleted by its ends", ranges, {NoRange("10.0.0.0/16")}, StatusCode::kOk);
  list.Add("or by any part of it", ranges, {NoRange("10.0.4.0/24"), Range("10.0.0.0/8")},
           StatusCode::kOk);
  list.Add("but not by what is outside", ranges, {NoRange("10.1.0.0/16")}, StatusCode::kNotFound);
}

}  // namespace

const std::vector<KernelRule>& KernelRules() {
  static const auto& rules = *new std::vector<KernelRule>([] {
    RuleList list;
    AddTablesAndChains(list);
    AddRules(list);
    AddSets(list);
    AddElements(list);
    return list.Take();
  }());
  return rules;
}

}  // namespace nftsvc::testing
