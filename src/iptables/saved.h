// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "src/iptables/ruleset.h"

namespace nftsvc::iptables {

// What the tables filter and nat of one family hold, by TableId, built-in chains included. A table
// that the kernel does not have yet has no chains.
using SavedTables = std::array<std::vector<Chain>, 2>;

// Reads what iptables-save (or ip6tables-save) prints. InvalidArgument names the line that is none
// of it.
absl::StatusOr<SavedTables> ReadSaved(absl::string_view text);

// The hooks with the jumps of a table.
std::vector<Chain> HooksOf(const Table& table);

// What a host holds that has the ruleset and nothing else.
SavedTables SavedTablesOf(const Ruleset& ruleset);

}  // namespace nftsvc::iptables
