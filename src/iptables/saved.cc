// SPDX-License-Identifier: Apache-2.0
#include "src/iptables/saved.h"

#include <algorithm>
#include <deque>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "src/base/status_macros.h"
#include "src/iptables/parse.h"

namespace nftsvc::iptables {
namespace {

// Puts lines where they belong.
class SavedReader {
 public:
  void Take(const SavedLine& line) {
    switch (line.kind) {
      case SavedLineKind::kTable:
        table_ = nullptr;
        chains_.clear();
        for (const TableId id : kTables) {
          if (line.name == TableName(id)) table_ = &tables_[static_cast<size_t>(id)];
        }
        return;
      case SavedLineKind::kChain:
        if (table_ == nullptr) return;
        chains_[line.name] = table_->size();
        table_->push_back({.name = std::string(line.name), .rules = {}});
        return;
      case SavedLineKind::kRule:
        if (table_ != nullptr) TakeRule(line);
        return;
      case SavedLineKind::kCommit:
        return;
    }
  }

  absl::StatusOr<SavedTables> Finish() && {
    if (!mistake_.empty()) return absl::InvalidArgumentError(mistake_);
    return std::move(tables_);
  }

 private:
  void TakeRule(const SavedLine& line) {
    const auto found = chains_.find(line.name);
    if (found == chains_.end()) {
      if (mistake_.empty()) {
        mistake_ = absl::StrCat("line ", line.number, ": no chain ", line.name, " is declared");
      }
      return;
    }
    Chain& chain = (*table_)[found->second];
    if (line.packets.has_value()) {
      chain.packets.resize(chain.rules.size());
      chain.packets.push_back(*line.packets);
    }
    chain.rules.emplace_back(line.arguments.begin(), line.arguments.end());
  }

  SavedTables tables_;
  std::vector<Chain>* table_ = nullptr;  // that lines belong to, if it is one of ours
  absl::flat_hash_map<absl::string_view, size_t> chains_;
  std::string mistake_;  // the first
};

}  // namespace

absl::StatusOr<SavedTables> ReadSaved(absl::string_view text) {
  std::deque<std::string> unescaped;
  SavedReader reader;
  RETURN_IF_ERROR(
      ParseSave(text, unescaped, [&reader](const SavedLine& line) { reader.Take(line); }));
  return std::move(reader).Finish();
}

std::vector<Chain> HooksOf(const Table& table) {
  std::vector<Chain> hooks;
  for (const BuiltInRule& jump : table.jumps) {
    auto hook = std::find_if(hooks.begin(), hooks.end(),
                             [&](const Chain& c) { return c.name == jump.chain; });
    if (hook == hooks.end()) hook = hooks.insert(hook, Chain{.name = jump.chain, .rules = {}});
    hook->rules.push_back(jump.rule);
  }
  return hooks;
}

SavedTables SavedTablesOf(const Ruleset& ruleset) {
  SavedTables tables;
  for (const TableId id : kTables) {
    const Table& table = ruleset.table(id);
    std::vector<Chain>& chains = tables[static_cast<size_t>(id)];
    chains = HooksOf(table);
    chains.insert(chains.end(), table.chains.begin(), table.chains.end());
  }
  return tables;
}

}  // namespace nftsvc::iptables
