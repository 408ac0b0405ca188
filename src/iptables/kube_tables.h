// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "src/base/family.h"
#include "src/iptables/import_notes.h"
#include "src/iptables/saved_rule.h"
#include "src/model/issue_collector.h"

namespace nftsvc::iptables {

struct KubeChain {
  absl::string_view name;
  size_t line = 0;
  std::vector<SavedRule> rules;
};

// The chains of one table whose names begin with KUBE-.
struct KubeTable {
  absl::string_view name;
  size_t line = 0;
  std::vector<KubeChain> chains;
  absl::flat_hash_map<absl::string_view, size_t> by_name;

  // Null if there is no such chain.
  const KubeChain* Find(absl::string_view chain) const;
};

// What kube-proxy keeps in the tables of a host.
struct KubeTables {
  // By family. Nothing: the text has no such table.
  std::array<std::optional<KubeTable>, 2> nat, filter;

  // Owns texts of rules.
  std::deque<std::string> unescaped;
};

// Reads the tables of a saved text. Whose family each is, its addresses tell, or else the comment
// in front of it, or else it is that of the table before, unless that family has such a table.
//
// One table of one family with services twice is an issue: nobody can tell which one holds. It
// happens when both the legacy and the nft tables of a host hold rules of kube-proxy.
absl::StatusOr<KubeTables> ReadTables(absl::string_view text, ImportNotes& notes,
                                      model::IssueCollector& issues);

}  // namespace nftsvc::iptables
