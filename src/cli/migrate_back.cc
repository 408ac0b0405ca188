// SPDX-License-Identifier: Apache-2.0
//
// From the daemon's tables to chains of iptables. The tables are the daemon's to take away: taking
// its services instead would make it cut the UDP flows that go on by the chains.
#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "src/cli/iptables_steps.h"
#include "src/cli/kube_proxy_host.h"
#include "src/cli/migrate.h"
#include "src/cli/offline.h"

namespace nftsvc::cli {
namespace {

constexpr char kMigrateBackWhat[] = "migrate back";

std::optional<v1::Snapshot> GetServices(Session& session) {
  v1::Request request;
  request.mutable_get();
  std::optional<v1::Response> response = session.Ask(std::move(request));
  if (!response) return std::nullopt;
  return std::move(*response->mutable_get()->mutable_snapshot());
}

void TellSteps(MigrateReport& report, const std::vector<IptablesStep>& steps) {
  report.StartList("put_up");
  for (const IptablesStep& step : steps) {
    const iptables::Plan& plan = step.plan;
    report.Line(absl::StrCat("put up ", step.name, ": ", Count(plan.chains_written, "chain"),
                             " to write, ", Count(plan.chains_removed, "chain"),
                             " to remove, jumps of ", Count(plan.jumps_changed, "hook"),
                             " to set"));
    google::protobuf::Struct& told = report.Add("put_up");
    SetField(told, "family", step.name);
    SetField(told, "chains_written", static_cast<double>(plan.chains_written));
    SetField(told, "chains_removed", static_cast<double>(plan.chains_removed));
    SetField(told, "jumps_changed", static_cast<double>(plan.jumps_changed));
  }
}

Doubts DoubtsAbout(const v1::Snapshot& snapshot) {
  Doubts doubts;
  if (snapshot.services_size() == 0) {
    doubts.obstacles.emplace_back("the daemon has no services to put into chains");
  }
  const auto sticky = std::count_if(snapshot.services().begin(), snapshot.services().end(),
                                    [](const v1::Service& s) { return s.has_session_affinity(); });
  if (sticky > 0) {
    doubts.warnings.push_back(
        absl::StrCat(Count(static_cast<uint64_t>(sticky), "service"),
                     " with session affinity: clients get an endpoint anew with their next "
                     "connection; those that are open go on"));
  }
  if (KubeProxyRuns()) {
    doubts.warnings.emplace_back("kube-proxy runs, and will replace these chains by its own");
  }
  return doubts;
}

}  // namespace

int MigrateBack(Session& session, const MigrateFlags& flags) {
  MigrateReport report(session, "back");
  const std::optional<v1::Snapshot> snapshot = GetServices(session);
  if (!snapshot || !IsInSync(session)) return kFailed;
  std::optional<reconcile::Settings> settings = ReadSettings(session, flags.config, For::kThisHost);
  if (!settings) return kFailed;
  const std::optional<OfflineInput::Result> input =
      OfflineInput::Resolve(session, *snapshot, *std::move(settings), kMigrateBackWhat);
  if (!input || !CheckForIptables(session, *input, kMigrateBackWhat)) return kFailed;
  const xtables::IptablesBackend backend =
      xtables::ParseIptablesBackend(flags.backend).value_or(xtables::IptablesBackend::kDefault);
  const std::vector<base::Family> families(base::kFamilies.begin(), base::kFamilies.end());
  const auto steps = PlanIptables(session, families, backend, &*input);
  if (!steps) return kFailed;

  report.Line(absl::StrCat("services: ", snapshot->services_size()));
  report.SetNumber("services", static_cast<double>(snapshot->services_size()));
  TellSteps(report, *steps);
  int exit_code = kFailed;
  if (!MayProceed(session, report, flags, DoubtsAbout(*snapshot), exit_code)) return exit_code;

  if (CarryOutIptables(session, *steps) != kDone) return kFailed;
  const auto left = PlanIptables(session, families, backend, &*input);
  if (!left) return kFailed;
  for (const IptablesStep& step : *left) {
    if (step.plan.restore.empty()) continue;
    return session.Fail(absl::StrCat(step.name, ": the chains are not those that were put up"));
  }
  report.SetFlag("executed", true);
  report.Line(
      "the chains are up, beside the daemon's tables; to end it, stop nftsvcd, then run "
      "nftsvcd --remove");
  return kDone;
}

}  // namespace nftsvc::cli
