// SPDX-License-Identifier: Apache-2.0
#include "tests/support/damage.h"

#include <utility>

namespace nftsvc::testing {
namespace {

using base::Family;

FakeSet& SetIn(FakeTable& table, nft::SetId set) {
  return table.sets.at(nft::DeclarationOf(set).name);
}

// A set that has elements.
FakeSet& SomeSet(FakeTable& table, Random& random) {
  std::vector<FakeSet*> filled;
  for (auto& [name, set] : table.sets) {
    if (!set.elements.empty()) filled.push_back(&set);
  }
  return *random.Pick(filled);
}

FakeElement& SomeElement(FakeSet& set, Random& random) {
  auto element = set.elements.begin();
  std::advance(element, random.Below(set.elements.size()));
  return element->second;
}

// A chain that has rules.
FakeChain& SomeChain(FakeTable& table, Random& random) {
  std::vector<FakeChain*> filled;
  for (auto& [name, chain] : table.chains) {
    if (!chain.rules.empty()) filled.push_back(&chain);
  }
  return *random.Pick(filled);
}

FakeChain& AddForeignChain(FakeTable& table) {
  FakeChain& chain = table.chains["somebodys"];
  chain.rules.emplace_back(nft::Rule{nft::Jump{"unserved"}});
  chain.rules.emplace_back();
  return chain;
}

std::vector<Damage> MakeDamages() {
  std::vector<Damage> damages;
  const auto add = [&damages](const char* name, auto inflict) {
    damages.push_back({name, inflict});
  };

  // Elements.
  add("an element is gone", [](FakeTable& table, Family, Random& random) {
    FakeSet& set = SomeSet(table, random);
    set.elements.erase(SomeElement(set, random).element.id.key);
  });
  add("a set is flushed",
      [](FakeTable& table, Family, Random& random) { SomeSet(table, random).elements.clear(); });
  add("an endpoint has another address", [](FakeTable& table, Family family, Random& random) {
    FakeElement& e = SomeElement(SetIn(table, nft::SetId::kEndpoints), random);
    e.element.value = nft::EndpointValue(base::Unspecified(family), 9);
  });
  add("an element has another comment", [](FakeTable& table, Family, Random& random) {
    SomeElement(SomeSet(table, random), random).element.comment = "somebody's";
  });
  add("an element has a timeout", [](FakeTable& table, Family, Random& random) {
    SomeElement(SomeSet(table, random), random).foreign = true;
  });
  add("a frontend is dropped", [](FakeTable& table, Family, Random& random) {
    FakeElement& e = SomeElement(SetIn(table, nft::SetId::kServices), random);
    e.element.verdict = nft::VerdictCode::kDrop;
    e.element.chain = {};
  });
  add("a frontend goes to a chain of somebody's", [](FakeTable& table, Family, Random& random) {
    AddForeignChain(table);
    SomeElement(SetIn(table, nft::SetId::kServices), random).element.chain = "somebodys";
  });
  add("a slot too much", [](FakeTable& table, Family, Random& random) {
    FakeSet& set = SetIn(table, nft::SetId::kEndpoints);
    FakeElement extra = SomeElement(set, random);
    const nft::ElementKey& id = extra.element.id;
    extra.element.id.key = nft::SlotKey(nft::FrontendIn(id), 4'000'000);
    set.elements.emplace(extra.element.id.key, extra);
  });

  // Rules and chains.
  add("a rule is gone", [](FakeTable& table, Family, Random& random) {
    FakeChain& chain = SomeChain(table, random);
    chain.rules.erase(chain.rules.begin() +
                      static_cast<ptrdiff_t>(random.Below(chain.rules.size())));
  });
  add("a rule of somebody's", [](FakeTable& table, Family, Random& random) {
    SomeChain(table, random).rules.emplace_back();
  });
  add("two rules changed places", [](FakeTable& table, Family, Random&) {
    auto& rules = table.chains.at("services").rules;  // two different ones
    std::swap(rules.front(), rules.back());
  });
  add("a chain is flushed",
      [](FakeTable& table, Family, Random& random) { SomeChain(table, random).rules.clear(); });
  add("a base chain is gone",
      [](FakeTable& table, Family, Random&) { table.chains.erase("nat-prerouting"); });
  add("a base chain drops", [](FakeTable& table, Family, Random&) {
    table.chains.at("nat-output").policy_accept = false;
  });
  add("a base chain has another priority", [](FakeTable& table, Family, Random&) {
    table.chains.at("nat-postrouting").hook->priority = 110;
  });
  add("a chain of somebody's", [](FakeTable& table, Family, Random&) { AddForeignChain(table); });
  add("a chain of ours enters one of somebody's", [](FakeTable& table, Family, Random& random) {
    AddForeignChain(table).rules.clear();
    SomeChain(table, random).rules.emplace_back(nft::Rule{nft::Jump{"somebodys"}});
  });
  add("a hook of somebody's that drops", [](FakeTable& table, Family, Random&) {
    FakeChain& chain = AddForeignChain(table);
    chain.hook = nft::Hook{.type = nft::ChainType::kFilter, .point = nft::HookPoint::kInput};
    chain.policy_accept = false;
  });

  // Sets.
  add("a set is gone", [](FakeTable& table, Family, Random&) {
    for (auto& [name, chain] : table.chains) chain.rules.clear();  // or it cannot go
    table.sets.erase("hairpin");
  });
  add("a set is declared in another way", [](FakeTable& table, Family, Random&) {
    FakeSet& set = SetIn(table, nft::SetId::kEndpoints);
    set.id.reset();
    set.elements.clear();
  });
  add("a set of somebody's",
      [](FakeTable& table, Family, Random&) { table.sets["somebodys"].size = 10; });
  add("a set has no limit",
      [](FakeTable& table, Family, Random&) { SetIn(table, nft::SetId::kEndpoints).size = 0; });
  add("a set is far too large", [](FakeTable& table, Family, Random&) {
    SetIn(table, nft::SetId::kEndpoints).size = 768 * 1024;
  });

  // Tables.
  add("the table has a counter object",
      [](FakeTable& table, Family, Random&) { table.other_objects = true; });
  add("the table is dormant", [](FakeTable& table, Family, Random&) { table.dormant = true; });
  add("the table is empty", [](FakeTable& table, Family, Random&) { table = FakeTable(); });
  return damages;
}

}  // namespace

const std::vector<Damage>& AllDamages() {
  static const auto& damages = *new std::vector<Damage>(MakeDamages());
  return damages;
}

}  // namespace nftsvc::testing
