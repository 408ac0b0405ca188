// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "src/cli/commands.h"
#include "src/cli/iptables_tools.h"
#include "src/cli/offline.h"
#include "src/iptables/compile.h"
#include "src/iptables/plan.h"

namespace nftsvc::cli {
namespace {

constexpr char kExamples[] =
    R"(For hosts where iptables is the law: the snapshot as kube-proxy's chains, without the daemon. Only chains that
differ are written; chains, rules and jumps of others stay as they are. Chains with kube-proxy's names count as
ours, so do not use it where kube-proxy or nftsvcd forwards, too. Needs root.

Node ports are served at the addresses that the configuration has in node.addresses.

Examples:
  nftsvc iptables diff --config /etc/nftsvc/nftsvcd.textproto services.textproto
  nftsvc iptables apply --config /etc/nftsvc/nftsvcd.textproto services.textproto
  nftsvc iptables remove --backend legacy
)";

struct Flags {
  OfflineInput input;
  std::string family = "both";
  std::string backend = "default";
};

// What is to be done to one family.
struct Step {
  const char* name;
  IptablesTools tools;
  iptables::Plan plan;
};

std::vector<base::Family> FamiliesOf(const Flags& flags) {
  if (flags.family == "ip") return {base::Family::kIPv4};
  if (flags.family == "ip6") return {base::Family::kIPv6};
  return {base::kFamilies.begin(), base::kFamilies.end()};
}

// Plans all families before anything is done. Nothing after it reported a failure. Without a table
// nothing of ours shall be there.
std::optional<std::vector<Step>> PlanSteps(Session& session, const Flags& flags,
                                           const OfflineInput::Result* input) {
  static const std::map<std::string, IptablesBackend> kBackends = {
      {"default", IptablesBackend::kDefault},
      {"legacy", IptablesBackend::kLegacy},
      {"nft", IptablesBackend::kNft}};
  std::vector<Step> steps;
  for (const base::Family family : FamiliesOf(flags)) {
    const IptablesTools tools(family, kBackends.at(flags.backend));
    const absl::StatusOr<iptables::SavedTables> saved = tools.Save();
    if (!saved.ok()) {
      session.Fail(saved.status());
      return std::nullopt;
    }
    iptables::Ruleset desired;
    if (input != nullptr) {
      desired = CompileForIptables(input->table, family, input->settings.options);
    }
    steps.push_back({.name = family == base::Family::kIPv4 ? "ip" : "ip6",
                     .tools = tools,
                     .plan = iptables::PlanChanges(*saved, desired)});
  }
  return steps;
}

bool HasNodePorts(const forwarding::ForwardingTable& table) {
  for (const auto& [name, service] : table.services) {
    for (const forwarding::PortRoutes& port : service->ports) {
      if (std::any_of(port.routes.begin(), port.routes.end(),
                      [](const forwarding::Route& r) { return r.frontend.node_port; })) {
        return true;
      }
    }
  }
  return false;
}

// The snapshot for the host that we are on, or nothing after it reported why not.
std::optional<OfflineInput::Result> ReadFor(Session& session, const Flags& flags,
                                            absl::string_view what) {
  std::optional<OfflineInput::Result> input = flags.input.Read(session, what);
  if (!input) return std::nullopt;
  const model::Issues issues = FindUnsupportedByIptables(input->table, input->settings.options);
  if (!issues.empty()) {
    session.Report(Refusal(issues, 0, what));
    return std::nullopt;
  }
  const forwarding::HostFacts& host = input->table.host;
  if (host.localhost_node_ports) {
    session.Warn("node ports on 127.0.0.1 need sysctl net.ipv4.conf.all.route_localnet=1");
  }
  if (host.node_port_addresses.empty() && !host.node_ports_on_all_addresses &&
      HasNodePorts(input->table)) {
    session.Warn("no node port is served: the configuration names none of this node's addresses");
  }
  return input;
}

int Carry(Session& session, const std::vector<Step>& steps) {
  for (const Step& step : steps) {
    const iptables::Plan& plan = step.plan;
    if (plan.restore.empty()) {
      session.out << step.name << ": unchanged\n";
      continue;
    }
    const absl::Status status = step.tools.Restore(plan.restore);
    if (!status.ok()) return session.Fail(status);
    session.out << step.name << ": " << Count(plan.chains_written, "chain") << " written, "
                << Count(plan.chains_removed, "chain") << " removed, jumps of "
                << Count(plan.jumps_changed, "hook") << " set\n";
    if (!plan.chains_kept.empty()) {
      session.Warn(absl::StrCat("emptied, but left there for rules of others that jump to them: ",
                                absl::StrJoin(plan.chains_kept, ", ")));
    }
  }
  return kDone;
}

int Show(Session& session, const std::vector<Step>& steps) {
  for (const Step& step : steps) {
    session.out << "# " << step.name << (step.plan.restore.empty() ? ": unchanged" : "") << "\n"
                << step.plan.restore;
  }
  return kDone;
}

int Apply(Session& session, const Flags& flags) {
  const auto input = ReadFor(session, flags, "apply snapshot");
  if (!input) return kFailed;
  const auto steps = PlanSteps(session, flags, &*input);
  return steps ? Carry(session, *steps) : int{kFailed};
}

int Diff(Session& session, const Flags& flags) {
  const auto input = ReadFor(session, flags, "compare snapshot");
  if (!input) return kFailed;
  const auto steps = PlanSteps(session, flags, &*input);
  return steps ? Show(session, *steps) : int{kFailed};
}

int Remove(Session& session, const Flags& flags) {
  const auto steps = PlanSteps(session, flags, nullptr);
  return steps ? Carry(session, *steps) : int{kFailed};
}

using Command = int (*)(Session&, const Flags&);

void Add(CLI::App& parent, Session& session, int& exit_code, const char* name, const char* about,
         Command run, bool takes_snapshot) {
  auto flags = std::make_shared<Flags>();
  CLI::App* command = parent.add_subcommand(name, about);
  if (takes_snapshot) flags->input.AddTo(*command);
  command->add_option("--family", flags->family, "Whose tables")
      ->type_name("FAMILY")
      ->check(CLI::IsMember({"ip", "ip6", "both"}))
      ->capture_default_str();
  command->add_option("--backend", flags->backend, "Which kind of iptables")
      ->type_name("KIND")
      ->check(CLI::IsMember({"default", "legacy", "nft"}))
      ->capture_default_str();
  command->callback([&session, &exit_code, flags, run] { exit_code = run(session, *flags); });
}

}  // namespace

void AddIptables(CLI::App& app, Session& session, int& exit_code) {
  CLI::App* group = app.add_subcommand("iptables", "Forward by iptables, without the daemon");
  group->require_subcommand(1);
  group->footer(kExamples);
  Add(*group, session, exit_code, "apply", "Make the chains right", Apply, true);
  Add(*group, session, exit_code, "diff", "Print what apply would do", Diff, true);
  Add(*group, session, exit_code, "remove", "Remove all chains and jumps of ours", Remove, false);
}

}  // namespace nftsvc::cli
