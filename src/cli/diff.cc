// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <utility>

#include "src/cli/commands.h"
#include "src/cli/push_result.h"
#include "src/cli/snapshot_input.h"

namespace nftsvc::cli {
namespace {

constexpr char kDiffExamples[] =
    R"(Nothing is changed. Services come first (+ added, ~ changed, - removed), then the nft commands that would do the
same to the kernel.

Examples:
  nftsvc diff services.textproto
  nftsvc get --source push | sed 's/10.0.0.2/10.0.0.9/' | nftsvc diff -
)";

struct DiffFlags {
  SnapshotInput input;
  bool accept_valid = false;
  std::string source;
};

int Diff(Session& session, const DiffFlags& flags) {
  absl::StatusOr<v1::Snapshot> snapshot = flags.input.Read(session);
  if (!snapshot.ok()) return session.Fail(snapshot.status());
  v1::Request request;
  *request.mutable_push()->mutable_snapshot() = *std::move(snapshot);
  request.mutable_push()->set_dry_run(true);
  request.mutable_push()->set_want_changes(true);
  request.mutable_push()->set_accept_valid(flags.accept_valid);
  request.mutable_push()->set_source(flags.source);

  const std::optional<v1::Response> response = session.Ask(std::move(request), "comparing");
  if (!response) return kFailed;
  if (session.json) return session.PrintJson(response->push());
  ReportWarnings(session, response->push());
  session.out << RenderChanges(response->push(), session.out_style)
              << RenderCounts(response->push(), session.out_style);
  return kDone;
}

}  // namespace

void AddDiff(CLI::App& app, Session& session, int& exit_code) {
  auto flags = std::make_shared<DiffFlags>();
  CLI::App* command = app.add_subcommand("diff", "Show what pushing a snapshot would change");
  flags->input.AddTo(*command);
  command->add_flag("--accept-valid", flags->accept_valid,
                    "Compare the services that are valid, and report the others");
  command
      ->add_option("--source", flags->source,
                   "Compare with services of this source only (default \"push\")")
      ->type_name("SOURCE");
  command->footer(kDiffExamples);
  command->callback([&session, &exit_code, flags] { exit_code = Diff(session, *flags); });
}

}  // namespace nftsvc::cli
