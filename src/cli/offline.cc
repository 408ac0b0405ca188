// SPDX-License-Identifier: Apache-2.0
#include "src/cli/offline.h"

#include <CLI/CLI.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "src/config/host_facts.h"
#include "src/forwarding/resolve.h"
#include "src/host/host_addresses.h"
#include "src/model/validate.h"
#include "src/wire/issue_codec.h"
#include "src/wire/snapshot_codec.h"

namespace nftsvc::cli {

namespace {

bool HasNodePorts(const forwarding::ForwardingTable& table) {
  for (const auto& [name, service] : table.services) {
    for (const forwarding::PortRoutes& port : service->ports) {
      for (const forwarding::Route& route : port.routes) {
        if (route.frontend.node_port) return true;
      }
    }
  }
  return false;
}

}  // namespace

std::optional<reconcile::Settings> ReadSettings(Session& session, const std::string& file,
                                                For whom) {
  absl::StatusOr<config::ConfigReading> reading =
      file.empty() ? config::ConfigReading() : config::ReadConfig(file);
  if (!reading.ok()) {
    session.Fail(reading.status());
    return std::nullopt;
  }
  if (!reading->mistakes.empty()) {
    session.Fail(absl::StrJoin(reading->mistakes, "\n"));
    return std::nullopt;
  }
  reconcile::Settings settings = reading->config.settings;
  absl::StatusOr<config::HostAddresses> addresses =
      whom == For::kThisHost ? host::ReadHostAddresses() : config::HostAddresses();
  if (!addresses.ok()) {
    session.Fail(addresses.status());
    return std::nullopt;
  }
  settings.host = config::HostFactsOf(reading->config, *addresses);
  return settings;
}

void WarnOfNodePorts(Session& session, const forwarding::ForwardingTable& table) {
  const forwarding::HostFacts& host = table.host;
  if (!host.node_port_addresses.empty() || host.node_ports_on_all_addresses ||
      host.localhost_node_ports) {
    return;
  }
  if (!HasNodePorts(table)) return;
  session.Warn(
      "no node port is served: the configuration names none of the node's addresses (see "
      "node.addresses)");
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

std::optional<OfflineInput::Result> OfflineInput::Read(Session& session, absl::string_view what,
                                                       For whom) const {
  std::optional<reconcile::Settings> settings = ReadSettings(session, config_, whom);
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
