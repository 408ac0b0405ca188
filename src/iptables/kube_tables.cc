// SPDX-License-Identifier: Apache-2.0
#include "src/iptables/kube_tables.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "src/base/status_macros.h"
#include "src/iptables/parse.h"

namespace nftsvc::iptables {
namespace {

using base::Family;

bool IsKube(absl::string_view chain) { return absl::StartsWith(chain, "KUBE-"); }

class TablesReader {
 public:
  TablesReader(ImportNotes& notes, model::IssueCollector& issues)
      : notes_(notes), issues_(issues) {}

  absl::StatusOr<KubeTables> Read(absl::string_view text) {
    RETURN_IF_ERROR(ParseSave(text, tables_.unescaped, [&](const SavedLine& line) { Add(line); }));
    return std::move(tables_);
  }

 private:
  void Add(const SavedLine& line) {
    switch (line.kind) {
      case SavedLineKind::kTable:
        table_ = {};
        table_.name = line.name;
        table_.line = line.number;
        named_family_ = line.family;
        found_family_ = std::nullopt;
        is_read_ = line.name == "nat" || line.name == "filter";
        return;
      case SavedLineKind::kChain:
        if (is_read_ && IsKube(line.name)) Chain(line);
        return;
      case SavedLineKind::kRule:
        return AddRule(line);
      case SavedLineKind::kCommit:
        return Keep();
    }
  }

  KubeChain& Chain(const SavedLine& line) {
    const auto [found, is_new] = table_.by_name.try_emplace(line.name, table_.chains.size());
    if (is_new) table_.chains.push_back({.name = line.name, .line = line.number, .rules = {}});
    return table_.chains[found->second];
  }

  void AddRule(const SavedLine& line) {
    if (!is_read_) return notes_.Count(kRulesOfOthers);
    const SavedRule rule = ReadRule(line.arguments, line.number);
    NoticeFamily(rule);
    if (IsKube(line.name)) {
      Chain(line).rules.push_back(rule);
    } else if (!IsKube(rule.target)) {
      notes_.Count(kRulesOfOthers);
    }
  }

  void NoticeFamily(const SavedRule& rule) {
    if (found_family_.has_value()) return;
    for (const auto* prefix : {&rule.source, &rule.destination}) {
      if (prefix->has_value()) found_family_ = (*prefix)->family();
    }
  }

  void Keep() {
    if (!is_read_) return;
    auto& both = table_.name == "nat" ? tables_.nat : tables_.filter;
    if (found_family_.has_value()) {
      family_ = *found_family_;
    } else if (named_family_.has_value()) {
      family_ = *named_family_;
    } else if (both[static_cast<size_t>(family_)].has_value()) {
      family_ = family_ == Family::kIPv4 ? Family::kIPv6 : Family::kIPv4;
    }
    auto& kept = both[static_cast<size_t>(family_)];
    const bool has_services = table_.Find("KUBE-SERVICES") != nullptr;
    if (kept.has_value() && !has_services) return;
    if (kept.has_value() && kept->Find("KUBE-SERVICES") != nullptr) {
      issues_.Add(model::Path(absl::StrCat("line ", table_.line)), "the ", table_.name,
                  " table of ", family_ == Family::kIPv4 ? "IPv4" : "IPv6",
                  " with services of kube-proxy is that of line ", kept->line,
                  " again; keep the one that holds");
      return;
    }
    kept = std::exchange(table_, {});
  }

  ImportNotes& notes_;
  model::IssueCollector& issues_;
  KubeTables tables_;

  // Of the table that is being read.
  KubeTable table_;
  bool is_read_ = false;
  std::optional<Family> named_family_, found_family_;

  Family family_ = Family::kIPv4;
};

}  // namespace

const KubeChain* KubeTable::Find(absl::string_view chain) const {
  const auto found = by_name.find(chain);
  return found == by_name.end() ? nullptr : &chains[found->second];
}

absl::StatusOr<KubeTables> ReadTables(absl::string_view text, ImportNotes& notes,
                                      model::IssueCollector& issues) {
  return TablesReader(notes, issues).Read(text);
}

}  // namespace nftsvc::iptables
