// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "src/cli/commands.h"
#include "src/cli/push_result.h"
#include "src/cli/snapshot_input.h"

namespace nftsvc::cli {
namespace {

constexpr char kPushExamples[] =
    R"(The services in FILE are all that is served from then on: one that it does not name is removed, but for those of
other sources: of files in the services directory, or pushed with another --source.
Nothing changes unless all of them are valid, or --accept-valid is given.

Examples:
  nftsvc push services.textproto
  nftsvc push --dry-run services.json
  nftsvc get --source push | sed 's/10.0.0.2/10.0.0.9/' | nftsvc push -
  nftsvc push --confirm-within 30s services.textproto   back again, unless `nftsvc confirm` comes
)";

struct PushFlags {
  SnapshotInput input;
  bool dry_run = false;
  bool accept_valid = false;
  std::string source;
  std::string confirm_within;
};

// "30s", "5m", to milliseconds.
std::optional<uint32_t> ParseConfirmWithin(const std::string& text) {
  absl::Duration within;
  if (!absl::ParseDuration(text, &within) || within < absl::Seconds(1) ||
      within > absl::Hours(24)) {
    return std::nullopt;
  }
  return static_cast<uint32_t>(absl::ToInt64Milliseconds(within));
}

int Push(Session& session, const PushFlags& flags) {
  std::optional<uint32_t> confirm_within_ms = 0;
  if (!flags.confirm_within.empty()) {
    confirm_within_ms = ParseConfirmWithin(flags.confirm_within);
    if (!confirm_within_ms) {
      session.Fail("--confirm-within: not a time from 1s to 24h, such as 30s or 5m");
      return kUsage;
    }
  }
  absl::StatusOr<v1::Snapshot> snapshot = flags.input.Read(session);
  if (!snapshot.ok()) return session.Fail(snapshot.status());
  const std::string waiting_for =
      absl::StrCat("pushing ", Count(snapshot->services_size(), "service"));
  v1::Request request;
  *request.mutable_push()->mutable_snapshot() = *std::move(snapshot);
  request.mutable_push()->set_dry_run(flags.dry_run);
  request.mutable_push()->set_want_changes(flags.dry_run);
  request.mutable_push()->set_accept_valid(flags.accept_valid);
  request.mutable_push()->set_source(flags.source);
  request.mutable_push()->set_confirm_within_ms(*confirm_within_ms);

  const std::optional<v1::Response> response = session.Ask(std::move(request), waiting_for);
  if (!response) return kFailed;
  const v1::PushResult& result = response->push();
  if (session.json) return session.PrintJson(result);
  ReportWarnings(session, result);
  if (flags.dry_run) session.out << RenderChanges(result, session.out_style);
  session.out << RenderCounts(result, session.out_style);
  if (flags.dry_run) {
    session.out << "dry run: nothing was changed\n";
  } else if (result.operations() > 0) {
    session.out << RenderDurations(result, session.out_style);
  }
  if (!result.confirm_until().empty()) {
    session.out << "taken back at " << result.confirm_until() << " unless `nftsvc confirm` comes\n";
  }
  return kDone;
}

}  // namespace

void AddPush(CLI::App& app, Session& session, int& exit_code) {
  auto flags = std::make_shared<PushFlags>();
  CLI::App* command = app.add_subcommand("push", "Serve the services of a snapshot");
  flags->input.AddTo(*command);
  command->add_flag("--dry-run", flags->dry_run, "Check it and say what would change; no more");
  command->add_flag("--accept-valid", flags->accept_valid,
                    "Serve the services that are valid, and report the others");
  command
      ->add_option("--source", flags->source,
                   "Replace only services of this source (default \"push\")")
      ->type_name("SOURCE");
  command
      ->add_option("--confirm-within", flags->confirm_within,
                   "Go back to the present snapshot unless confirmed in this time, such as 30s")
      ->type_name("TIME");
  command->footer(kPushExamples);
  command->callback([&session, &exit_code, flags] { exit_code = Push(session, *flags); });
}

}  // namespace nftsvc::cli
