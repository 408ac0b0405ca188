// SPDX-License-Identifier: Apache-2.0
#include "src/reconcile/chain_commands.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "src/base/family.h"

namespace nftsvc::reconcile {
namespace {

constexpr size_t kMostLines = 10'000;

// Calls `visit` with each line and the table that it belongs to.
void ForEachCommand(const iptables::Plan& plan, auto&& visit) {
  absl::string_view table;
  for (const absl::string_view line : absl::StrSplit(plan.restore, '\n', absl::SkipEmpty())) {
    if (line[0] == '*') {
      table = line.substr(1);
    } else if (line != "COMMIT") {
      visit(table, line);
    }
  }
}

}  // namespace

size_t CountCommands(const std::array<iptables::Plan, 2>& plans) {
  size_t count = 0;
  for (const iptables::Plan& plan : plans) {
    ForEachCommand(plan, [&](absl::string_view, absl::string_view) { ++count; });
  }
  return count;
}

Commands CommandsOf(const std::array<iptables::Plan, 2>& plans) {
  Commands commands;
  for (const base::Family family : base::kFamilies) {
    const char* const name = family == base::Family::kIPv4 ? "ip" : "ip6";
    ForEachCommand(plans[static_cast<size_t>(family)],
                   [&](absl::string_view table, absl::string_view line) {
                     if (commands.lines.size() < kMostLines) {
                       commands.lines.push_back(absl::StrCat(name, " ", table, ": ", line));
                     } else {
                       ++commands.left_off;
                     }
                   });
  }
  return commands;
}

}  // namespace nftsvc::reconcile
