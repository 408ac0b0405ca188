// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "src/cli/commands.h"
#include "src/cli/nft_check.h"
#include "src/cli/snapshot_input.h"
#include "src/config/config.h"
#include "src/config/host_facts.h"
#include "src/forwarding/resolve.h"
#include "src/model/validate.h"
#include "src/nft/compile.h"
#include "src/nft/ruleset.h"
#include "src/wire/issue_codec.h"
#include "src/wire/snapshot_codec.h"

namespace nftsvc::cli {
namespace {

constexpr char kExamples[] =
    R"(Needs neither the daemon nor root. The ruleset is what nftsvcd would make of the snapshot on an empty kernel;
`nft -f` loads it.

Examples:
  nftsvc compile services.textproto
  nftsvc compile --config /etc/nftsvc/nftsvcd.textproto --check services.json
)";

struct Flags {
  SnapshotInput input;
  std::string target = "nft";
  std::string config;
  bool check = false;
};

// Every mistake of the snapshot, as the daemon would answer.
v1::Error Refusal(const model::Validation& validation) {
  v1::Error error;
  error.set_code(v1::Error::INVALID);
  for (const model::Issue& issue : validation.issues)
    *error.add_issues() = wire::EncodeIssue(issue);
  error.set_issues_left_off(static_cast<uint32_t>(validation.issues_left_off));
  error.set_message(
      absl::StrCat("compile snapshot: ",
                   Count(validation.issues.size() + validation.issues_left_off, "mistake")));
  return error;
}

// The settings of the daemon's config. This machine's addresses are left out, since the ruleset may
// be for another one. Nothing after it reported mistakes.
std::optional<reconcile::Settings> ReadSettings(Session& session, const std::string& file) {
  if (file.empty()) return reconcile::Settings();
  absl::StatusOr<config::ConfigReading> reading = config::ReadConfig(file);
  if (!reading.ok()) {
    session.Fail(reading.status());
    return std::nullopt;
  }
  if (!reading->mistakes.empty()) {
    session.Fail(absl::StrJoin(reading->mistakes, "\n"));
    return std::nullopt;
  }
  reconcile::Settings settings = reading->config.settings;
  settings.host = config::HostFactsOf(reading->config, config::HostAddresses());
  return settings;
}

int Compile(Session& session, const Flags& flags) {
  const std::optional<reconcile::Settings> settings = ReadSettings(session, flags.config);
  if (!settings) return kFailed;
  const absl::StatusOr<v1::Snapshot> message = flags.input.Read(session);
  if (!message.ok()) return session.Fail(message.status());

  model::Snapshot snapshot;
  model::Validator validator(snapshot, model::Validator::Scope::kSnapshot,
                             model::Validator::Refuse::kAll);
  wire::Upsert(*message, validator);
  const model::Validation validation = std::move(validator).Finish();
  if (!validation.issues.empty()) return session.Report(Refusal(validation));
  snapshot.Apply(validation.changes);

  const forwarding::ForwardingTable table =
      forwarding::Resolve(snapshot, settings->host, forwarding::NoSlots);
  const std::string text = nft::Print(nft::Compile(table, settings->options));
  session.out << text << std::flush;
  if (!flags.check) return kDone;
  absl::Status checked = EnterPrivateNetwork();
  if (checked.ok()) checked = CheckNftText(text);
  return checked.ok() ? kDone : session.Fail(absl::StrCat("check ruleset: ", checked.message()));
}

}  // namespace

void AddCompile(CLI::App& app, Session& session, int& exit_code) {
  auto flags = std::make_shared<Flags>();
  CLI::App* command = app.add_subcommand("compile", "Print the ruleset of a snapshot");
  flags->input.AddTo(*command);
  command->add_option("--target", flags->target, "The ruleset's language")
      ->type_name("LANGUAGE")
      ->check(CLI::IsMember({"nft"}))
      ->capture_default_str();
  command
      ->add_option("--config", flags->config, "The daemon's configuration; if not given, defaults")
      ->type_name("PATH");
  command->add_flag("--check", flags->check,
                    "Let libnftables and the kernel check it in a dry run");
  command->footer(kExamples);
  command->callback([&session, &exit_code, flags] { exit_code = Compile(session, *flags); });
}

}  // namespace nftsvc::cli
