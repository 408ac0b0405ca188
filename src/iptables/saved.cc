// SPDX-License-Identifier: Apache-2.0
#include "src/iptables/saved.h"

#include <algorithm>
#include <optional>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace nftsvc::iptables {
namespace {

// Words between blanks; double quotes hold blanks together, a backslash takes the next character as
// it is. Nothing if a quote is left open.
std::optional<Rule> SplitWords(absl::string_view line) {
  Rule words;
  bool in_word = false;
  bool in_quotes = false;
  for (size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (c == ' ' && !in_quotes) {
      in_word = false;
      continue;
    }
    if (!in_word) words.emplace_back();
    in_word = true;
    if (c == '"') {
      in_quotes = !in_quotes;
    } else if (c == '\\' && i + 1 < line.size()) {
      words.back() += line[++i];
    } else {
      words.back() += c;
    }
  }
  if (in_quotes) return std::nullopt;
  return words;
}

class Reader {
 public:
  // Whether the line was understood.
  bool Take(absl::string_view line) {
    if (line.empty() || line[0] == '#') return true;
    if (line[0] == '*') {
      table_ = nullptr;
      chains_.clear();
      for (const TableId id : kTables) {
        if (line.substr(1) == TableName(id)) table_ = &tables_[static_cast<size_t>(id)];
      }
      is_inside_ = true;
      return true;
    }
    if (!is_inside_) return false;
    if (line == "COMMIT") {
      is_inside_ = false;
      return true;
    }
    if (table_ == nullptr) return true;  // some other table
    if (absl::ConsumePrefix(&line, ":")) {
      const std::string name(line.substr(0, line.find(' ')));
      chains_[name] = table_->size();
      table_->push_back({.name = name, .rules = {}});
      return !name.empty();
    }
    return TakeRule(line);
  }

  bool is_inside() const { return is_inside_; }

  SavedTables Take() && { return std::move(tables_); }

 private:
  bool TakeRule(absl::string_view line) {
    std::optional<Rule> words = SplitWords(line);
    // Counters, if asked for, come first: "[12:720]".
    if (words.has_value() && !words->empty() && absl::StartsWith(words->front(), "[")) {
      words->erase(words->begin());
    }
    if (!words.has_value() || words->size() < 2 || words->front() != "-A") return false;
    const auto chain = chains_.find((*words)[1]);
    if (chain == chains_.end()) return false;
    words->erase(words->begin(), words->begin() + 2);
    (*table_)[chain->second].rules.push_back(*std::move(words));
    return true;
  }

  SavedTables tables_;
  std::vector<Chain>* table_ = nullptr;
  bool is_inside_ = false;
  absl::flat_hash_map<std::string, size_t> chains_;
};

}  // namespace

absl::StatusOr<SavedTables> ReadSaved(absl::string_view text) {
  Reader reader;
  size_t number = 0;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    ++number;
    if (!reader.Take(line)) {
      return absl::InvalidArgumentError(
          absl::StrCat("line ", number, " is nothing that iptables-save prints: ", line));
    }
  }
  if (reader.is_inside()) return absl::InvalidArgumentError("ends in the middle of a table");
  return std::move(reader).Take();
}

SavedTables SavedTablesOf(const Ruleset& ruleset) {
  SavedTables tables;
  for (const TableId id : kTables) {
    const Table& table = ruleset.table(id);
    std::vector<Chain>& chains = tables[static_cast<size_t>(id)];
    for (const BuiltInRule& jump : table.jumps) {
      auto chain = std::find_if(chains.begin(), chains.end(),
                                [&](const Chain& c) { return c.name == jump.chain; });
      if (chain == chains.end()) {
        chain = chains.insert(chain, Chain{.name = jump.chain, .rules = {}});
      }
      chain->rules.push_back(jump.rule);
    }
    chains.insert(chains.end(), table.chains.begin(), table.chains.end());
  }
  return tables;
}

}  // namespace nftsvc::iptables
