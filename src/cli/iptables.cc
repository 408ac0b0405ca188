// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <memory>

#include "src/cli/commands.h"
#include "src/cli/iptables_steps.h"
#include "src/cli/offline.h"

namespace nftsvc::cli {
namespace {

constexpr char kIptablesExamples[] =
    R"(For hosts where iptables is the law: the snapshot as kube-proxy's chains, without the daemon. Only chains that
differ are written; chains, rules and jumps of others stay as they are. Chains with kube-proxy's names count as
ours, so do not use it where kube-proxy or nftsvcd forwards, too. Needs root.

Node ports are served at those of this host's addresses that the configuration's node.node_port_addresses says.

Examples:
  nftsvc iptables diff --config /etc/nftsvc/nftsvcd.textproto services.textproto
  nftsvc iptables apply --config /etc/nftsvc/nftsvcd.textproto services.textproto
  nftsvc iptables remove --backend legacy
)";

struct IptablesFlags {
  OfflineInput input;
  std::string family = "both";
  std::string backend = "default";
};

std::vector<base::Family> FamiliesOf(const IptablesFlags& flags) {
  if (flags.family == "ip") return {base::Family::kIPv4};
  if (flags.family == "ip6") return {base::Family::kIPv6};
  return {base::kFamilies.begin(), base::kFamilies.end()};
}

std::optional<std::vector<IptablesStep>> PlanSteps(Session& session, const IptablesFlags& flags,
                                                   const OfflineInput::Result* input) {
  return PlanIptables(session, FamiliesOf(flags), *xtables::ParseIptablesBackend(flags.backend),
                      input);
}

// The snapshot for the host that we are on, or nothing after it reported why not.
std::optional<OfflineInput::Result> ReadFor(Session& session, const IptablesFlags& flags,
                                            absl::string_view what) {
  std::optional<OfflineInput::Result> input = flags.input.Read(session, what, For::kThisHost);
  if (!input) return std::nullopt;
  if (!CheckForIptables(session, *input, what)) return std::nullopt;
  return input;
}

int Apply(Session& session, const IptablesFlags& flags) {
  const auto input = ReadFor(session, flags, "apply snapshot");
  if (!input) return kFailed;
  const auto steps = PlanSteps(session, flags, &*input);
  return steps ? CarryOutIptables(session, *steps) : int{kFailed};
}

int Diff(Session& session, const IptablesFlags& flags) {
  const auto input = ReadFor(session, flags, "compare snapshot");
  if (!input) return kFailed;
  const auto steps = PlanSteps(session, flags, &*input);
  return steps ? ShowIptables(session, *steps) : int{kFailed};
}

int Remove(Session& session, const IptablesFlags& flags) {
  const auto steps = PlanSteps(session, flags, nullptr);
  return steps ? CarryOutIptables(session, *steps) : int{kFailed};
}

using Command = int (*)(Session&, const IptablesFlags&);

void Add(CLI::App& parent, Session& session, int& exit_code, const char* name, const char* about,
         Command run, bool takes_snapshot) {
  auto flags = std::make_shared<IptablesFlags>();
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
  group->footer(kIptablesExamples);
  Add(*group, session, exit_code, "apply", "Make the chains right", Apply, true);
  Add(*group, session, exit_code, "diff", "Print what apply would do", Diff, true);
  Add(*group, session, exit_code, "remove", "Remove all chains and jumps of ours", Remove, false);
}

}  // namespace nftsvc::cli
