// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <memory>

#include "absl/strings/str_cat.h"
#include "src/cli/commands.h"
#include "src/cli/compile_chains.h"
#include "src/cli/nft_check.h"
#include "src/cli/offline.h"
#include "src/iptables/compile.h"
#include "src/nft/compile.h"
#include "src/nft/ruleset.h"
#include "src/xtables/iptables_tools.h"

namespace nftsvc::cli {
namespace {

constexpr char kCompileExamples[] =
    R"(Needs neither the daemon nor root, nor the host that the ruleset is for, of which it knows what the configuration says:
for node ports, give node.addresses. With --target nft it is what nftsvcd would make of the snapshot there, on an empty
kernel; `nft -f` loads it. With iptables (IPv4) and ip6tables (IPv6) it is kube-proxy's chains, for
`iptables-restore` on a host without other rules; for other hosts see `nftsvc iptables`.

Examples:
  nftsvc compile services.textproto
  nftsvc compile --config /etc/nftsvc/nftsvcd.textproto --check services.json
  nftsvc compile --target ip6tables services.textproto
)";

constexpr char kWhat[] = "compile snapshot";

struct CompileFlags {
  OfflineInput input;
  std::string target = "nft";
  bool check = false;
};

// Whether the text could be loaded, tried where it does no harm.
absl::Status Check(const std::string& text, const std::string& target) {
  const absl::Status possible = EnterPrivateNetwork();
  if (!possible.ok()) return possible;
  if (target == "nft") return CheckNftText(text);
  const auto family = target == "iptables" ? base::Family::kIPv4 : base::Family::kIPv6;
  return xtables::IptablesTools(family, xtables::IptablesBackend::kDefault).Check(text);
}

int Compile(Session& session, const CompileFlags& flags) {
  const std::optional<OfflineInput::Result> input = flags.input.Read(session, kWhat, For::kAnyHost);
  if (!input) return kFailed;
  WarnOfNodePorts(session, input->table);
  std::string text;
  if (flags.target == "nft") {
    text = nft::Print(nft::Compile(input->table, input->settings.options));
  } else {
    const model::Issues issues = FindUnsupportedByIptables(input->table, input->settings.options);
    if (!issues.empty()) return session.Report(Refusal(issues, 0, kWhat));
    const auto family = flags.target == "iptables" ? base::Family::kIPv4 : base::Family::kIPv6;
    text = iptables::Print(CompileForIptables(input->table, family, input->settings.options));
  }
  session.out << text << std::flush;
  if (!flags.check) return kDone;
  const absl::Status checked = Check(text, flags.target);
  return checked.ok() ? kDone : session.Fail(absl::StrCat("check ruleset: ", checked.message()));
}

}  // namespace

void AddCompile(CLI::App& app, Session& session, int& exit_code) {
  auto flags = std::make_shared<CompileFlags>();
  CLI::App* command = app.add_subcommand("compile", "Print the ruleset of a snapshot");
  flags->input.AddTo(*command);
  command->add_option("--target", flags->target, "The ruleset's language")
      ->type_name("LANGUAGE")
      ->check(CLI::IsMember({"nft", "iptables", "ip6tables"}))
      ->capture_default_str();
  command->add_flag("--check", flags->check,
                    "Let the kernel check it in a dry run, by libnftables or iptables-restore");
  command->footer(kCompileExamples);
  command->callback([&session, &exit_code, flags] { exit_code = Compile(session, *flags); });
}

}  // namespace nftsvc::cli
