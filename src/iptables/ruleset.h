// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "src/base/family.h"

// Rules of iptables as data: for what should be there and for what is.
namespace nftsvc::iptables {

// The arguments of a rule, as they stand behind "-A CHAIN", without quotes:
//   {"-m", "comment", "--comment", "default/web cluster IP", "-j", "KUBE-SVC-…"}.
using Rule = std::vector<std::string>;

struct Chain {
  std::string name;
  std::vector<Rule> rules;
  std::vector<uint64_t> packets = {};  // that each rule took, if the text said it

  friend bool operator==(const Chain&, const Chain&) = default;
};

// A rule in a chain that iptables itself has, such as PREROUTING.
struct BuiltInRule {
  std::string chain;
  Rule rule;

  friend bool operator==(const BuiltInRule&, const BuiltInRule&) = default;
};

// Chains in any order: iptables-restore declares all before it fills them.
struct Table {
  std::vector<BuiltInRule> jumps;  // in the order in which the packets of a hook should take them
  std::vector<Chain> chains;

  friend bool operator==(const Table&, const Table&) = default;
};

enum class TableId : uint8_t { kFilter, kNat };

inline constexpr std::array<TableId, 2> kTables = {TableId::kFilter, TableId::kNat};

absl::string_view TableName(TableId table);  // "filter", "nat"

// What one family's tables should hold of ours.
struct Ruleset {
  base::Family family = base::Family::kIPv4;
  std::array<Table, 2> tables;  // by TableId

  Table& table(TableId id) { return tables[static_cast<size_t>(id)]; }
  const Table& table(TableId id) const { return tables[static_cast<size_t>(id)]; }
};

// As iptables-restore (or ip6tables-restore) reads it. It adds our rules to nothing: with --noflush
// on a host that has them already, jumps would be there twice; see plan.h for that.
std::string Print(const Ruleset& ruleset);

// The arguments behind "-A CHAIN", quoted where they must be.
std::string PrintRule(const Rule& rule);

}  // namespace nftsvc::iptables
