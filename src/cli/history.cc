// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>

#include "absl/strings/str_cat.h"
#include "src/cli/commands.h"
#include "src/cli/table.h"

namespace nftsvc::cli {
namespace {

constexpr char kHistoryExamples[] =
    R"(The present snapshot comes first. How many before it are kept says `history` in the daemon's configuration.

Examples:
  nftsvc history
  nftsvc rollback 41
)";

// "push, until 2026-11-28T01:00:30Z to be confirmed".
Cell ActionCell(const v1::HistoryEntry& entry) {
  if (entry.confirm_until().empty()) return {entry.action()};
  return {absl::StrCat(entry.action(), ", until ", entry.confirm_until(), " to be confirmed"),
          Colour::kYellow};
}

int History(Session& session) {
  v1::Request request;
  request.mutable_history();
  const std::optional<v1::Response> response = session.Ask(std::move(request));
  if (!response) return kFailed;
  if (session.json) return session.PrintJson(response->history());
  Table table({{"REVISION", Table::kRight},
               {"TIME"},
               {"ADDED", Table::kRight},
               {"CHANGED", Table::kRight},
               {"REMOVED", Table::kRight},
               {"SERVICES", Table::kRight},
               {"BY"},
               {"ACTION"}});
  for (const v1::HistoryEntry& entry : response->history().entries()) {
    table.AddRow({{absl::StrCat(entry.revision())},
                  {entry.time()},
                  {absl::StrCat(entry.services_added())},
                  {absl::StrCat(entry.services_changed())},
                  {absl::StrCat(entry.services_removed())},
                  {absl::StrCat(entry.services())},
                  {absl::StrCat("uid ", entry.uid(), " pid ", entry.pid())},
                  ActionCell(entry)});
  }
  session.out << table.Print(session.out_style);
  return kDone;
}

}  // namespace

void AddHistory(CLI::App& app, Session& session, int& exit_code) {
  CLI::App* command = app.add_subcommand("history", "Show the snapshots that can be gone back to");
  command->footer(kHistoryExamples);
  command->callback([&session, &exit_code] { exit_code = History(session); });
}

}  // namespace nftsvc::cli
