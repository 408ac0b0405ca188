// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <cstdint>
#include <memory>
#include <optional>

#include "src/cli/commands.h"
#include "src/cli/push_result.h"

namespace nftsvc::cli {
namespace {

constexpr char kRollbackExamples[] =
    R"(The earlier snapshot is pushed again: it is checked against the configuration as it is now, and gets a
revision of its own. A second rollback without REVISION goes back to what was before the first. While a push waits
to be confirmed, it is the one that is undone.

Examples:
  nftsvc rollback
  nftsvc rollback --dry-run 41
)";

struct RollbackFlags {
  std::optional<uint64_t> revision;
  bool dry_run = false;
};

int Rollback(Session& session, const RollbackFlags& flags) {
  v1::Request request;
  request.mutable_rollback()->set_dry_run(flags.dry_run);
  request.mutable_rollback()->set_want_changes(flags.dry_run);
  if (flags.revision) request.mutable_rollback()->set_revision(*flags.revision);
  const std::optional<v1::Response> response = session.Ask(std::move(request), "going back");
  if (!response) return kFailed;
  const v1::PushResult& result = response->push();
  if (session.json) return session.PrintJson(result);
  ReportWarnings(session, result);
  if (flags.dry_run) session.out << RenderChanges(result, session.out_style);
  session.out << RenderCounts(result, session.out_style);
  if (flags.dry_run) session.out << "dry run: nothing was changed\n";
  return kDone;
}

}  // namespace

void AddRollback(CLI::App& app, Session& session, int& exit_code) {
  auto flags = std::make_shared<RollbackFlags>();
  CLI::App* command = app.add_subcommand("rollback", "Serve an earlier snapshot again");
  command
      ->add_option("REVISION", flags->revision,
                   "As `nftsvc history` lists it; by default the one before the present one")
      ->type_name("");
  command->add_flag("--dry-run", flags->dry_run, "Say what would change; no more");
  command->footer(kRollbackExamples);
  command->callback([&session, &exit_code, flags] { exit_code = Rollback(session, *flags); });
}

}  // namespace nftsvc::cli
