// SPDX-License-Identifier: Apache-2.0
#include "tests/support/fake_chain_store.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "src/base/status_macros.h"
#include "src/iptables/canonical.h"

namespace nftsvc::testing {
namespace {

using iptables::TableId;

// The arguments of a line behind its chain.
iptables::Rule ArgumentsOf(absl::string_view text) {
  const std::string whole = absl::StrCat("*nat\n:X - [0:0]\n-A X ", text, "\nCOMMIT\n");
  const absl::StatusOr<iptables::SavedTables> read = iptables::ReadSaved(whole);
  return (*read)[static_cast<size_t>(TableId::kNat)].front().rules.front();
}

// One table while a text is applied to it.
class TableInProgress {
 public:
  explicit TableInProgress(std::vector<iptables::Chain> chains) : chains_(std::move(chains)) {}

  absl::Status Apply(absl::string_view line) {
    if (absl::ConsumePrefix(&line, ":")) {
      iptables::Chain* const there = Find(line.substr(0, line.find(' ')));
      if (there != nullptr) {
        there->rules.clear();
      } else {
        chains_.push_back({.name = std::string(line.substr(0, line.find(' '))), .rules = {}});
      }
      return absl::OkStatus();
    }
    const absl::string_view command = line.substr(0, 2);
    line.remove_prefix(3);
    const absl::string_view name = line.substr(0, line.find(' '));
    iptables::Chain* chain = Find(name);
    const bool is_hook =
        std::all_of(name.begin(), name.end(), [](char c) { return c <= 'Z' && c >= 'A'; });
    if (chain == nullptr && is_hook) {
      chain = &chains_.emplace_back(iptables::Chain{.name = std::string(name), .rules = {}});
    }
    if (chain == nullptr) return absl::InvalidArgumentError(absl::StrCat("no chain ", name));
    if (command == "-X") return Remove(name);
    absl::string_view rest = absl::StripLeadingAsciiWhitespace(line.substr(name.size()));
    if (command == "-I") {
      absl::ConsumePrefix(&rest, "1 ");
      chain->rules.insert(chain->rules.begin(), ArgumentsOf(rest));
    } else if (command == "-A") {
      chain->rules.push_back(ArgumentsOf(rest));
    } else {
      const std::string gone = iptables::Canonical(ArgumentsOf(rest));
      const auto found = std::find_if(
          chain->rules.begin(), chain->rules.end(),
          [&](const iptables::Rule& rule) { return iptables::Canonical(rule) == gone; });
      if (found == chain->rules.end()) return absl::InvalidArgumentError("no such rule");
      chain->rules.erase(found);
    }
    return absl::OkStatus();
  }

  // At COMMIT no jump may lead nowhere.
  absl::Status Check() {
    for (const iptables::Chain& chain : chains_) {
      for (const iptables::Rule& rule : chain.rules) {
        const std::string target = iptables::TargetOf(rule);
        if (absl::StartsWith(target, "KUBE-") && Find(target) == nullptr) {
          return absl::InvalidArgumentError(absl::StrCat("no target ", target));
        }
      }
    }
    return absl::OkStatus();
  }

  std::vector<iptables::Chain> Take() && { return std::move(chains_); }

 private:
  iptables::Chain* Find(absl::string_view name) {
    const auto found =
        std::find_if(chains_.begin(), chains_.end(),
                     [&](const iptables::Chain& chain) { return chain.name == name; });
    return found == chains_.end() ? nullptr : &*found;
  }

  absl::Status Remove(absl::string_view name) {
    if (!Find(name)->rules.empty()) return absl::InvalidArgumentError("chain is not empty");
    std::erase_if(chains_, [&](const iptables::Chain& chain) { return chain.name == name; });
    return absl::OkStatus();
  }

  std::vector<iptables::Chain> chains_;
};

}  // namespace

absl::StatusOr<iptables::SavedTables> FakeChainStore::Read(base::Family family) {
  ++reads;
  on_read();
  if (!read_failure.ok()) return read_failure;
  return tables[static_cast<size_t>(family)];
}

absl::Status FakeChainStore::Restore(base::Family family, const std::string& text) {
  may_hold_ours = true;
  on_restore();
  RETURN_IF_ERROR(restore_failure[static_cast<size_t>(family)]);
  restored.push_back(text);
  iptables::SavedTables& held = tables[static_cast<size_t>(family)];
  size_t table = 0;
  std::optional<TableInProgress> progress;
  for (const absl::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
    if (line[0] == '*') {
      table = static_cast<size_t>(line == "*nat" ? TableId::kNat : TableId::kFilter);
      progress.emplace(held[table]);
    } else if (line == "COMMIT") {
      RETURN_IF_ERROR(progress->Check());
      held[table] = std::move(*progress).Take();
    } else {
      RETURN_IF_ERROR(progress->Apply(line));
    }
  }
  return absl::OkStatus();
}

absl::Status FakeChainStore::Forget() {
  may_hold_ours = false;
  return absl::OkStatus();
}

}  // namespace nftsvc::testing
