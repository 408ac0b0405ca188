// SPDX-License-Identifier: Apache-2.0
#include "src/cli/iptables_steps.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "src/cli/compile_chains.h"
#include "src/xtables/host_chains.h"

namespace nftsvc::cli {

bool CheckForIptables(Session& session, const OfflineInput::Result& input, absl::string_view what) {
  const model::Issues issues = FindUnsupportedByIptables(input.table, input.settings.options);
  if (!issues.empty()) {
    session.Report(Refusal(issues, 0, what));
    return false;
  }
  const forwarding::HostFacts& host = input.table.host;
  if (host.localhost_node_ports) {
    session.Warn("node ports on 127.0.0.1 need sysctl net.ipv4.conf.all.route_localnet=1");
  }
  WarnOfNodePorts(session, input.table);
  return true;
}

std::optional<std::vector<IptablesStep>> PlanIptables(Session& session,
                                                      const std::vector<base::Family>& families,
                                                      xtables::IptablesBackend backend,
                                                      const OfflineInput::Result* input) {
  std::vector<IptablesStep> steps;
  forwarding::ForwardingTable table =
      input == nullptr ? forwarding::ForwardingTable() : input->table;
  table.host.conntrack_is_liberal = xtables::ConntrackIsLiberal();
  for (const base::Family family : families) {
    const xtables::IptablesTools tools(family, backend);
    const absl::StatusOr<iptables::SavedTables> saved = tools.Save();
    if (!saved.ok()) {
      session.Fail(saved.status());
      return std::nullopt;
    }
    iptables::Ruleset desired;
    if (input != nullptr) {
      desired = CompileForIptables(table, family, input->settings.options);
    }
    steps.push_back({.name = family == base::Family::kIPv4 ? "ip" : "ip6",
                     .tools = tools,
                     .plan = iptables::PlanChanges(*saved, desired)});
  }
  return steps;
}

int CarryOutIptables(Session& session, const std::vector<IptablesStep>& steps) {
  for (const IptablesStep& step : steps) {
    const iptables::Plan& plan = step.plan;
    if (plan.restore.empty()) {
      if (!session.json) session.out << step.name << ": unchanged\n";
      continue;
    }
    const absl::Status status = step.tools.Restore(plan.restore);
    if (!status.ok()) return session.Fail(status);
    if (!session.json) {
      session.out << step.name << ": " << Count(plan.chains_written, "chain") << " written, "
                  << Count(plan.chains_removed, "chain") << " removed, jumps of "
                  << Count(plan.jumps_changed, "hook") << " set\n";
    }
    if (!plan.chains_kept.empty()) {
      session.Warn(absl::StrCat("emptied, but left there for rules of others that jump to them: ",
                                absl::StrJoin(plan.chains_kept, ", ")));
    }
  }
  return kDone;
}

int ShowIptables(Session& session, const std::vector<IptablesStep>& steps) {
  for (const IptablesStep& step : steps) {
    session.out << "# " << step.name << (step.plan.restore.empty() ? ": unchanged" : "") << "\n"
                << step.plan.restore;
  }
  return kDone;
}

}  // namespace nftsvc::cli
