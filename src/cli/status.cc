// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "src/cli/commands.h"
#include "src/cli/table.h"

namespace nftsvc::cli {
namespace {

constexpr char kStatusExamples[] =
    R"(Exit code 1 if the kernel is not known to hold what the snapshot says.

Examples:
  nftsvc status
  nftsvc status --output json | jq .revision
)";

// "3 d 4 h", "5 m 12 s": the two largest units that count.
std::string PrintUptime(uint64_t seconds) {
  const uint64_t minutes = seconds / 60, hours = minutes / 60, days = hours / 24;
  if (days > 0) return absl::StrCat(days, " d ", hours % 24, " h");
  if (hours > 0) return absl::StrCat(hours, " h ", minutes % 60, " m");
  if (minutes > 0) return absl::StrCat(minutes, " m ", seconds % 60, " s");
  return absl::StrCat(seconds, " s");
}

std::string PrintLastCommit(const v1::StatusResult& status) {
  if (status.last_commit_time().empty()) return "none since the start";
  return absl::StrCat(status.last_commit_time(), ", took ",
                      PrintMicroseconds(status.last_commit_us()));
}

std::string PrintRepairs(const v1::StatusResult& status) {
  if (status.drift_repairs() == 0) return "none";
  return absl::StrCat(status.drift_repairs(), ", the last: ", status.last_drift());
}

std::string Render(const v1::StatusResult& status, const Style& style) {
  std::string text;
  const auto line = [&](absl::string_view name, absl::string_view value,
                        Colour colour = Colour::kNone) {
    absl::StrAppend(&text, style.Paint(Colour::kBold, absl::StrFormat("%-14s", name)),
                    style.Paint(colour, value), "\n");
  };
  if (status.in_sync()) {
    line("kernel", "in sync", Colour::kGreen);
  } else {
    line("kernel", absl::StrCat("out of sync: ", status.problem()), Colour::kRed);
  }
  if (!status.persist_problem().empty()) {
    line("state", status.persist_problem(), Colour::kYellow);
  }
  if (!status.health_check_problem().empty()) {
    line("health checks", status.health_check_problem(), Colour::kYellow);
  }
  if (!status.services_directory_problem().empty()) {
    line("service files", status.services_directory_problem(), Colour::kYellow);
  }
  if (!status.http_problem().empty()) line("http", status.http_problem(), Colour::kYellow);
  if (!status.config_problem().empty()) line("config", status.config_problem(), Colour::kYellow);
  line("revision", absl::StrCat(status.revision()));
  if (status.unconfirmed_revision() != 0) {
    line("unconfirmed",
         absl::StrCat("revision ", status.unconfirmed_revision(), ", taken back at ",
                      status.confirm_until()),
         Colour::kYellow);
  }
  line("serving",
       absl::StrCat(Count(status.services(), "service"), ", ", Count(status.ports(), "port"), ", ",
                    Count(status.endpoints(), "endpoint")));
  if (status.mode() == "IPTABLES") {
    line("chains", absl::StrCat("iptables, ", Count(status.rules(), "rule")));
  } else {
    line("ruleset", absl::StrCat(status.layout(), ", ", Count(status.elements(), "element"),
                                 ", generation ", status.generation()));
  }
  line("commits", absl::StrCat(status.commits()));
  line("last commit", PrintLastCommit(status));
  line("drift repairs", PrintRepairs(status));
  line("clients", absl::StrCat(status.clients()));
  line("memory",
       absl::StrFormat("%.1f MiB", static_cast<double>(status.resident_bytes()) / (1 << 20)));
  line("uptime", PrintUptime(status.uptime_seconds()));
  line("version", status.version());
  return text;
}

int Status(Session& session) {
  v1::Request request;
  request.mutable_status();
  const std::optional<v1::Response> response = session.Ask(std::move(request));
  if (!response) return kFailed;
  const v1::StatusResult& status = response->status();
  if (session.json) {
    session.PrintJson(status);
  } else {
    session.out << Render(status, session.out_style);
  }
  return status.in_sync() ? kDone : kFailed;
}

}  // namespace

void AddStatus(CLI::App& app, Session& session, int& exit_code) {
  CLI::App* command =
      app.add_subcommand("status", "Show how the daemon and the kernel's tables are");
  command->footer(kStatusExamples);
  command->callback([&session, &exit_code] { exit_code = Status(session); });
}

}  // namespace nftsvc::cli
