// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "src/nft/element.h"
#include "src/nft/ruleset.h"
#include "src/nft/set.h"

// What the kernel holds, as far as Plan needs to know it.
namespace nftsvc::nft {

struct ChainInventory {
  std::string name;
  std::optional<Hook> hook;
  bool policy_accept = true;
  std::vector<uint64_t> rules;  // RuleDigest of each; 0 for one that is not ours

  friend bool operator==(const ChainInventory&, const ChainInventory&) = default;
};

struct SetInventory {
  std::string name;
  std::optional<SetId> id;  // if it is declared as ours of that name is
  uint32_t size = 0;        // 0: no limit

  friend bool operator==(const SetInventory&, const SetInventory&) = default;
};

struct ElementInventory {
  Element element;
  Counter counter;
  bool foreign = false;  // has what ours never have (a timeout, a quota): to be replaced
};

struct TableInventory {
  bool ours = true;                    // carries kTableComment
  bool other_objects = false;          // holds flowtables or stateful objects, which we never make
  bool dormant = false;                // switched off by `flags dormant`
  std::vector<ChainInventory> chains;  // sorted by name
  std::vector<SetInventory> sets;      // sorted by name
};

struct Inventory {
  std::array<std::optional<TableInventory>, 2> tables;  // by Family; none: no such table
  std::vector<ElementInventory> elements;               // any order

  // What the kernel holds after a clean commit of `ruleset` over `before`: sets keep the size that
  // they had if Plan kept it.
  static Inventory Of(const Ruleset& ruleset, const Inventory& before);

  const SetInventory* Find(base::Family family, SetId set) const;
};

}  // namespace nftsvc::nft
