// SPDX-License-Identifier: Apache-2.0
#include "tests/support/difference.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "src/nft/spare_chains.h"

namespace nftsvc::testing {
namespace {

using base::Family;

std::string In(Family family, absl::string_view what) {
  return absl::StrCat(family == Family::kIPv4 ? "ip " : "ip6 ", what);
}

using Lines = std::multiset<std::string>;

Lines LinesOf(const nft::Inventory& inventory) {
  Lines lines;
  for (const Family family : base::kFamilies) {
    const auto& table = inventory.tables[static_cast<size_t>(family)];
    if (!table.has_value()) continue;
    lines.insert(In(family, "table"));
    if (!table->ours) lines.insert(In(family, "table is not ours"));
    if (table->other_objects) lines.insert(In(family, "table has other objects"));
    if (table->dormant) lines.insert(In(family, "table is dormant"));
    for (const nft::ChainInventory& chain : table->chains) {
      lines.insert(
          In(family, absl::StrCat("chain ", chain.name, " ",
                                  chain.hook.has_value() ? nft::PrintHook(*chain.hook) : "", " ",
                                  chain.policy_accept ? "" : "policy drop ",
                                  absl::StrJoin(chain.rules, " "))));
    }
    for (const nft::SetInventory& set : table->sets) {
      // Sizes of other sets may differ: see MisfitSets.
      const bool sized = set.id == nft::SetId::kAffinity;
      lines.insert(In(family, absl::StrCat(set.id.has_value() ? "" : "foreign ", "set ", set.name,
                                           sized ? absl::StrCat(" of size ", set.size) : "")));
    }
  }
  return lines;
}

Lines LinesOf(const nft::Ruleset& ruleset) {
  Lines lines;
  for (const Family family : base::kFamilies) {
    lines.insert(In(family, "table"));
    for (const nft::Chain& chain : ruleset.skeleton.chains[static_cast<size_t>(family)]) {
      std::vector<uint64_t> digests;
      for (const nft::Rule& rule : chain.rules) digests.push_back(nft::RuleDigest(rule, family));
      lines.insert(
          In(family, absl::StrCat("chain ", chain.name, " ",
                                  chain.hook.has_value() ? nft::PrintHook(*chain.hook) : "", " ",
                                  absl::StrJoin(digests, " "))));
    }
    for (const nft::SetId set : nft::AllSets()) {
      lines.insert(In(family, absl::StrCat("set ", nft::DeclarationOf(set).name)));
    }
    for (const nft::AffinityMap& map : ruleset.affinity_maps[static_cast<size_t>(family)]) {
      lines.insert(In(family, absl::StrCat("set ", map.name, " of size ", map.size)));
    }
  }
  return lines;
}

std::string Print(const nft::Element& element) {
  return In(element.id.family, absl::StrCat("element of ", nft::DeclarationOf(element.id.set).name,
                                            " ", nft::PrintElement(element), "\n"));
}

// Elements are many, so only those are printed that differ.
std::string ElementDifference(const nft::Inventory& inventory, const nft::Ruleset& ruleset) {
  std::string out;
  absl::flat_hash_map<nft::ElementKey, const nft::Element*> want;
  for (const nft::Element& element : ruleset.elements) {
    const bool is_new = want.emplace(element.id, &element).second;
    if (!is_new) absl::StrAppend(&out, "twice  ", Print(element));
  }
  for (const nft::ElementInventory& seen : inventory.elements) {
    const auto wanted = want.find(seen.element.id);
    const bool same = wanted != want.end() && *wanted->second == seen.element && !seen.foreign;
    if (same) {
      want.erase(wanted);
    } else {
      absl::StrAppend(&out, "has    ", seen.foreign ? "foreign " : "", Print(seen.element));
    }
  }
  for (const auto& [id, element] : want) absl::StrAppend(&out, "lacks  ", Print(*element));
  return out;
}

// Sets that hold more than they may, or whose limit is not one that Plan would have chosen.
std::string MisfitSets(const nft::Inventory& inventory, const nft::Ruleset& ruleset) {
  std::string out;
  for (const Family family : base::kFamilies) {
    for (const nft::SetId set : nft::AllSets()) {
      const nft::SetInventory* have = inventory.Find(family, set);
      const size_t count = ruleset.counts[static_cast<size_t>(family)][static_cast<size_t>(set)];
      if (have == nullptr || nft::Fits(*have, count)) continue;
      absl::StrAppend(&out, In(family, have->name), ": size ", have->size, " for ", count, "\n");
    }
  }
  return out;
}

}  // namespace

std::string Difference(const nft::Inventory& inventory, const nft::Ruleset& ruleset) {
  const Lines have = LinesOf(inventory);
  const Lines want = LinesOf(ruleset);
  std::string out;
  const auto append = [&out](const Lines& from, const Lines& other, const char* mark) {
    std::vector<std::string> only;
    std::set_difference(from.begin(), from.end(), other.begin(), other.end(),
                        std::back_inserter(only));
    for (const std::string& line : only) absl::StrAppend(&out, mark, line, "\n");
  };
  append(have, want, "has    ");
  append(want, have, "lacks  ");
  return absl::StrCat(out, ElementDifference(inventory, ruleset), MisfitSets(inventory, ruleset));
}

std::string DifferenceButForSpares(const nft::Inventory& inventory, nft::Ruleset ruleset,
                                   const reconcile::Settings& settings) {
  nft::Parts spare;
  spare.chains =
      nft::CompileChains(nft::FindSpareChains(inventory, ruleset, settings.host, settings.options),
                         settings.host, settings.options);
  ruleset.Add(std::move(spare));
  return Difference(inventory, ruleset);
}

}  // namespace nftsvc::testing
