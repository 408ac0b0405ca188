// SPDX-License-Identifier: Apache-2.0
//
// The command's options, and what both directions share.
#include "src/cli/migrate.h"

#include <CLI/CLI.hpp>
#include <memory>
#include <utility>

#include "src/cli/commands.h"

namespace nftsvc::cli {
namespace {

constexpr char kMigrateExamples[] =
    R"(Reads kube-proxy's chains with iptables-save, gives nftsvcd the services that they are about, and when the
kernel has these takes the chains away. In between both forward, to the same endpoints: no connection fails, and
those that are open go on. Stop kube-proxy first; its chains stay and serve meanwhile. Needs root.

With --back it puts up the chains that `nftsvc iptables apply` makes of the daemon's services, and says how to take
the daemon's tables away then.

Without --execute it only prints what it would do. Exit code 1 if something speaks against it.

Examples:
  nftsvc migrate --node node-a
  nftsvc migrate --node node-a --execute
  nftsvc migrate --back --config /etc/nftsvc/nftsvcd.textproto --execute
)";

}  // namespace

bool MayProceed(Session& session, MigrateReport& report, const MigrateFlags& flags,
                const Doubts& doubts, int& exit_code) {
  session.out << std::flush;
  for (const std::string& warning : doubts.warnings) {
    report.AddText("warnings", warning);
    session.Warn(warning);
  }
  const bool stopped = !doubts.obstacles.empty() && !flags.force;
  exit_code = stopped ? kFailed : kDone;
  for (const std::string& obstacle : doubts.obstacles) {
    report.AddText("obstacles", obstacle);
    if (stopped) {
      session.Fail(obstacle);
    } else {
      session.Warn(obstacle);
    }
  }
  if (!flags.execute) {
    report.Line("dry run: nothing was changed");
  } else if (stopped) {
    session.Fail("nothing was changed; --force does it nevertheless");
  }
  return flags.execute && !stopped;
}

bool IsInSync(Session& session) {
  v1::Request request;
  request.mutable_verify();
  const std::optional<v1::Response> response = session.Ask(std::move(request), "comparing");
  if (!response) return false;
  if (response->verify().in_sync()) return true;
  session.Fail("the kernel does not hold what the daemon's snapshot says: see nftsvc verify");
  return false;
}

void AddMigrate(CLI::App& app, Session& session, int& exit_code) {
  auto flags = std::make_shared<MigrateFlags>();
  CLI::App* command =
      app.add_subcommand("migrate", "Take over from kube-proxy's iptables chains, or give back");
  command->add_flag("--execute", flags->execute, "Do it, rather than print what would be done");
  CLI::Option* node = command->add_option("--node", flags->node,
                                          "The name of this host, which policies of LOCAL need");
  node->type_name("NAME");
  command->add_option("--backend", flags->backend, "Which kind of iptables")
      ->type_name("KIND")
      ->check(CLI::IsMember({"auto", "legacy", "nft"}))
      ->capture_default_str();
  CLI::Option* back = command->add_flag("--back", flags->back, "From the daemon to iptables");
  CLI::Option* config =
      command->add_option("--config", flags->config, "The daemon's configuration, for --back");
  config->type_name("PATH")->needs(back);
  back->needs(config)->excludes(node);
  command->add_flag("--force", flags->force, "Even if something speaks against it");
  command->footer(kMigrateExamples);
  command->callback([&session, &exit_code, flags] {
    exit_code = flags->back ? MigrateBack(session, *flags) : MigrateForward(session, *flags);
  });
}

}  // namespace nftsvc::cli
