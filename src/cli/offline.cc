// SPDX-License-Identifier: Apache-2.0
#include "src/cli/offline.h"

#include <CLI/CLI.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "src/config/host_facts.h"
#include "src/forwarding/resolve.h"
#include "src/model/validate.h"
#include "src/wire/issue_codec.h"
#include "src/wire/snapshot_codec.h"

namespace nftsvc::cli {

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

v1::Error Refusal(const model::Issues& issues, size_t left_off, absl::string_view what) {
  v1::Error error;
  error.set_code(v1::Error::INVALID);
  for (const model::Issue& issue : issues) *error.add_issues() = wire::EncodeIssue(issue);
  error.set_issues_left_off(static_cast<uint32_t>(left_off));
  error.set_message(absl::StrCat(what, ": ", Count(issues.size() + left_off, "mistake")));
  return error;
}

void OfflineInput::AddTo(CLI::App& command) {
  snapshot_.AddTo(command);
  command.add_option("--config", config_, "The daemon's configuration; if not given, defaults")
      ->type_name("PATH");
}

std::optional<OfflineInput::Result> OfflineInput::Read(Session& session,
                                                       absl::string_view what) const {
  std::optional<reconcile::Settings> settings = ReadSettings(session, config_);
  if (!settings) return std::nullopt;
  const absl::StatusOr<v1::Snapshot> message = snapshot_.Read(session);
  if (message.ok()) return Resolve(session, *message, *std::move(settings), what);
  session.Fail(message.status());
  return std::nullopt;
}

std::optional<OfflineInput::Result> OfflineInput::Resolve(Session& session,
                                                          const v1::Snapshot& message,
                                                          reconcile::Settings settings,
                                                          absl::string_view what) {
  model::Snapshot snapshot;
  model::Validator validator(snapshot, model::Validator::Scope::kSnapshot,
                             model::Validator::Refuse::kAll);
  wire::Upsert(message, validator);
  const model::Validation validation = std::move(validator).Finish();
  if (!validation.issues.empty()) {
    session.Report(Refusal(validation.issues, validation.issues_left_off, what));
    return std::nullopt;
  }
  snapshot.Apply(validation.changes);
  forwarding::ForwardingTable table =
      forwarding::Resolve(snapshot, settings.host, forwarding::NoSlots);
  return Result{.settings = std::move(settings), .table = std::move(table)};
}

}  // namespace nftsvc::cli
