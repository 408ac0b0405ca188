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
  bool exclusive = false;              // outlives its owner, and only that may change it …
  bool is_mine = false;                // … which is who looks
  std::vector<ChainInventory> chains;  // sorted by name
  std::vector<SetInventory> sets;      // sorted by name

  // Otherwise a plan deletes the table and makes it anew. Whether it can be exclusive is settled
  // when it is made.
  bool can_stay(bool as_exclusive) const {
    return !other_objects && !dormant && exclusive == as_exclusive;
  }

  friend bool operator==(const TableInventory&, const TableInventory&) = default;
};

struct Inventory {
  std::array<std::optional<TableInventory>, 2> tables;  // by Family; none: no such table
  std::vector<ElementInventory> elements;               // any order
  bool counters_known = false;                          // the elements' counters are as observed

  // What the kernel holds after a clean commit of `ruleset` over `before`: a set that Plan kept
  // keeps its size.
  static Inventory Of(const Ruleset& ruleset, const Inventory& before);

  // The tables with their sets alone. Requires that there are no elements.
  Inventory WithoutChains() const;

  // Adds what a clean commit of these parts put there. Requires both tables.
  void Add(const Parts& parts);

  // Null if there is no table, or no set of this name declared as ours is.
  const SetInventory* Find(base::Family family, SetId set) const;
};

// Whether a set of this size does for `count` elements: neither too small nor, by a factor of eight
// or more, too large.
bool Fits(const SetInventory& set, size_t count);

}  // namespace nftsvc::nft
