// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <memory>
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
  nftsvc get | sed 's/10.0.0.2/10.0.0.9/' | nftsvc diff -
)";

int Diff(Session& session, const SnapshotInput& input) {
  absl::StatusOr<v1::Snapshot> snapshot = input.Read(session);
  if (!snapshot.ok()) return session.Fail(snapshot.status());
  v1::Request request;
  *request.mutable_push()->mutable_snapshot() = *std::move(snapshot);
  request.mutable_push()->set_dry_run(true);
  request.mutable_push()->set_want_changes(true);

  const std::optional<v1::Response> response = session.Ask(std::move(request), "comparing");
  if (!response) return kFailed;
  if (session.json) return session.PrintJson(response->push());
  session.out << RenderChanges(response->push(), session.out_style)
              << RenderCounts(response->push(), session.out_style);
  return kDone;
}

}  // namespace

void AddDiff(CLI::App& app, Session& session, int& exit_code) {
  auto input = std::make_shared<SnapshotInput>();
  CLI::App* command = app.add_subcommand("diff", "Show what pushing a snapshot would change");
  input->AddTo(*command);
  command->footer(kDiffExamples);
  command->callback([&session, &exit_code, input] { exit_code = Diff(session, *input); });
}

}  // namespace nftsvc::cli
