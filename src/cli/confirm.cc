// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <cstdint>
#include <memory>

#include "absl/strings/str_cat.h"
#include "src/cli/commands.h"

namespace nftsvc::cli {
namespace {

constexpr char kConfirmExamples[] =
    R"(Without it, the daemon takes the push back when its time is over.

Examples:
  nftsvc push --confirm-within 30s services.textproto
  nftsvc confirm
)";

int Confirm(Session& session, uint64_t revision) {
  v1::Request request;
  request.mutable_confirm()->set_revision(revision);
  const std::optional<v1::Response> response = session.Ask(std::move(request));
  if (!response) return kFailed;
  if (session.json) return session.PrintJson(response->confirm());
  session.out << absl::StrCat("revision ", response->confirm().revision(), " stays\n");
  return kDone;
}

}  // namespace

void AddConfirm(CLI::App& app, Session& session, int& exit_code) {
  auto revision = std::make_shared<uint64_t>(0);
  CLI::App* command =
      app.add_subcommand("confirm", "Let a push stay that was made with --confirm-within");
  command->add_option("REVISION", *revision, "Only if it is this one that waits")->type_name("");
  command->footer(kConfirmExamples);
  command->callback([&session, &exit_code, revision] { exit_code = Confirm(session, *revision); });
}

}  // namespace nftsvc::cli
